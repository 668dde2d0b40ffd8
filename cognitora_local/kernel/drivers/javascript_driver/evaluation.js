'use strict';

// One piece of code: how it is evaluated, and where in it the parser has stopped, if it has.

const inspection = require('./inspection');
const { rewrite } = require('./source');

/** V8 lets a `let` be declared again as a `let`, but not as a `const`, and so on. */
const KEYWORDS = ['let', 'const', 'var'];

/**
 * Evaluate the code of an execution. `ended` is called with its value, or with a second argument, the
 * error that it has thrown and, if the parser has stopped, the place in the code.
 *
 * Code that declares a name again, but in another way, hasn't run: it is tried in that way.
 */
function evaluate(number, code, ended, keywords = new Map()) {
  const source = `${rewrite(code, keywords)}\n//# sourceURL=<execution-${number}>`;
  inspection.evaluate(source, (value, details) => {
    const name = details && declaredAgain(value);
    const keyword = name && KEYWORDS[KEYWORDS.indexOf(keywords.get(name)) + 1];
    if (keyword) evaluate(number, code, ended, keywords.set(name, keyword));
    else if (!details) ended(value);
    else ended(undefined, { error: value, place: placeOf(value, details, number, code) });
  });
}

/** As node shows it. */
function placeOf(error, { lineNumber, columnNumber }, number, code) {
  if (!(error instanceof SyntaxError)) return undefined;
  const line = code.split(/\r\n|[\n\r\u2028\u2029]/)[lineNumber] ?? '';
  return `<execution ${number}>:${lineNumber + 1}\n${line}\n${' '.repeat(columnNumber)}^\n`;
}

/** The name that was declared by an execution before, if that is the error. */
function declaredAgain(error) {
  if (!(error instanceof SyntaxError)) return undefined;
  const name = /^Identifier '(.+)' has already been declared$/.exec(error.message)?.[1];
  return name !== undefined && inspection.isDeclared(name) ? name : undefined;
}

module.exports = { evaluate };

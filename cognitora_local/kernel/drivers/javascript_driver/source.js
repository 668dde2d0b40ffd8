'use strict';

// Code as it was written, and as it is evaluated: V8 evaluates scripts, which can't import.
//
// `import(…)` becomes a call of our own function, and an import statement a `const` with an `await`.
// Strings, templates, comments and regular expressions are left alone.

const vm = require('node:vm');

const IMPORT = '$import';
const SKIPPED =
  /\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|[\w$\u0080-\uffff.]+|[^\s]|\n/y;
const REGULAR = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const OBJECT = /^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/)*\{[\s\S]*\}\s*$/;
const STATEMENT =
  /import\s*(?:([\w$]+)\s*,?\s*)?(?:\*\s*as\s+([\w$]+)\s*|\{([^}]*)\}\s*)?(?:from\s*)?(["'][^"'\n]*["'])(?:\s*with\s*(\{[^}]*\}))?/y;
const BEFORE_EXPRESSION =
  /^(?:[([{,;=:?!&|+\-*%^~<>\n}]|return|typeof|case|in|of|do|else|void|await|yield|throw|new|delete|=>)?$/;

/** The code with its imports rewritten; `keywords` says what declares a name, where not its own. */
function rewrite(code, keywords) {
  if (!keywords.size && !code.includes('import')) return asObject(code);
  return asObject(new Scanner(code, keywords).rewrite());
}

/** `{ a: 1, b: 2 }` alone is a block, and an object to everybody who writes it: as in node's REPL. */
function asObject(code) {
  if (!OBJECT.test(code)) return code;
  try {
    new vm.Script(`async () => (${code}\n)`);
    return `(${code}\n)`;
  } catch {
    return code;
  }
}

class Scanner {
  #code;
  #keywords;
  #position = 0;
  #previous = '';
  #depth = 0;
  #output = '';

  constructor(code, keywords) {
    this.#code = code;
    this.#keywords = keywords;
  }

  rewrite() {
    while (this.#position < this.#code.length) this.#step();
    return this.#output;
  }

  #step() {
    const blank = this.#match(/[^\S\n]+/y);
    if (blank) return this.#copy(blank);
    if (this.#code[this.#position] === '`') return this.#template();
    const regular = BEFORE_EXPRESSION.test(this.#previous) && this.#match(REGULAR);
    if (regular && !/^\/[/*]/.test(regular)) return this.#copy(regular, 'x');
    const token = this.#match(SKIPPED) || this.#code[this.#position];
    if (/^\/[/*]/.test(token)) return this.#copy(token);
    if ('([{'.includes(token)) this.#depth += 1;
    if (')]}'.includes(token)) this.#depth -= 1;
    if (token === 'import') return this.#import();
    const keyword = this.#keyword(token);
    if (!keyword) return this.#copy(token, token);
    this.#output += keyword;
    this.#position += token.length;
    this.#previous = token;
  }

  /** What the declaration that begins here, if one does, is to begin with instead. */
  #keyword(token) {
    if (this.#depth > 0 || !/^(?:let|const|var)$/.test(token)) return undefined;
    if (!/^[;\n}]?$/.test(this.#previous)) return undefined;
    const declared = /^[^=;]*/.exec(this.#code.slice(this.#position + token.length))[0];
    const names = declared.match(/[\w$\u0080-\uffff]+/g) ?? [];
    return this.#keywords.get(names.find((name) => this.#keywords.has(name)));
  }

  #import() {
    const rest = this.#code.slice(this.#position, this.#position + 200);
    if (/^import\s*(?:\/\*[\s\S]*?\*\/\s*)?\(/.test(rest)) {
      this.#output += IMPORT;
      this.#position += 'import'.length;
      this.#previous = 'x';
      return;
    }
    STATEMENT.lastIndex = this.#position;
    const found = this.#depth === 0 && STATEMENT.exec(this.#code);
    if (!found) return this.#copy('import', 'x');
    this.#output += declaration(found);
    this.#position += found[0].length;
    this.#previous = 'x';
  }

  /** Copied as it is, but for the code in its `${…}`. */
  #template() {
    this.#copy('`');
    while (this.#position < this.#code.length) {
      const text = this.#match(/(?:\\[\s\S]|\$(?!\{)|[^`\\$])+/y);
      if (text) this.#copy(text);
      if (this.#code[this.#position] === '`') return this.#copy('`', 'x');
      if (this.#code.startsWith('${', this.#position)) this.#hole();
      else if (this.#position < this.#code.length) this.#copy(this.#code[this.#position]);
    }
  }

  #hole() {
    this.#copy('${', '{');
    const outside = this.#depth;
    this.#depth += 1;
    while (this.#position < this.#code.length && this.#depth > outside) this.#step();
  }

  #match(pattern) {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#code)?.[0];
  }

  #copy(text, previous = this.#previous) {
    this.#output += text;
    this.#position += text.length;
    this.#previous = previous;
  }
}

/** What an import statement does, on as many lines. */
function declaration([statement, standard, all, named, specifier, attributes]) {
  const options = attributes ? `, { with: ${attributes} }` : '';
  const lines = '\n'.repeat(statement.split('\n').length - 1);
  const loaded = `await ${IMPORT}(${specifier}${options})`;
  if (all && standard) return `const ${all} = ${loaded}, { default: ${standard} } = ${all}${lines}`;
  if (all) return `const ${all} = ${loaded}${lines}`;
  const names = (named ?? '').split(',').map((each) => each.trim().replace(/\s+as\s+/, ': '));
  const wanted = [standard && `default: ${standard}`, ...names].filter(Boolean);
  return wanted.length ? `const { ${wanted.join(', ')} } = ${loaded}${lines}` : loaded + lines;
}

module.exports = { IMPORT, rewrite };

'use strict';

// The driver's loop: receive code, run it, send what it shows and how it ended.

const host = require('./host');
const { pack } = require('./frames');
const { packBundle, representations, toBundle } = require('./display');
const { describe, executionsOf } = require('./errors');
const { abandon, evaluate, isDeclared } = require('./inspection');
const names = require('./names');
const { rewrite } = require('./source');
const streams = require('./streams');
const strikes = require('./strikes');
const timers = require('./timers');
const variables = require('./variables');

const { isPromise } = require('node:util').types;
const { setImmediate } = require('node:timers'); // as it is now, whatever the code makes of it

/** V8 lets a `let` be declared again as a `let`, but not as a `const`, and so on. */
const KEYWORDS = ['let', 'const', 'var'];

/** What process.exit() throws. */
class Exit {
  constructor(code) {
    this.code = code;
  }
}

/** One piece of code, from its frame to the answer. */
class Execution {
  #number;
  #code;
  #restore;
  #ending; // what will be sent, once it is known
  #exit; // what process.exit() was called with

  constructor(number, code, environment) {
    this.#number = number;
    this.#code = code;
    this.#restore = variables.set(environment);
  }

  run() {
    timers.forget();
    strikes.arm();
    this.#evaluate(new Map());
  }

  /** Code that declares a name again, but in another way, hasn't run: it is tried in that way. */
  #evaluate(keywords) {
    const source = `${rewrite(this.#code, keywords)}\n//# sourceURL=<execution-${this.#number}>`;
    evaluate(source, (value, details) => {
      const name = details && declaredAgain(value);
      const keyword = name && KEYWORDS[KEYWORDS.indexOf(keywords.get(name)) + 1];
      if (keyword) this.#evaluate(keywords.set(name, keyword));
      else this.#evaluated(value, details);
    });
  }

  fail(error, place) {
    if (error instanceof Exit) this.exit(error);
    else this.#end('failed', pack('error', ...describe(error, place)));
  }

  exit(exit) {
    this.#exit ??= exit;
    this.#end('completed');
  }

  /** The code was terminated, and runs no more. */
  struck() {
    timers.cancel();
    const line = 'Interrupted: the code was told to stop';
    this.#ending = ['interrupted', pack('error', line, `${line}\n`)];
    this.#send();
  }

  leave(exit) {
    this.#exit ??= exit;
  }

  /** Not when its stack names another execution alone: something that goes on from there. */
  mayHaveRaised(error) {
    const executions = executionsOf(error);
    return !executions.length || executions.includes(this.#number);
  }

  #evaluated(value, details) {
    if (details) this.fail(value, value instanceof SyntaxError ? this.#place(details) : undefined);
    else if (isPromise(value)) {
      value.then(
        (settled) => this.#complete(settled),
        (error) => this.fail(error)
      );
    } else this.#complete(value);
  }

  #complete(value) {
    if (value === undefined) return this.#end('completed');
    try {
      this.#end('completed', packBundle('result', representations(value)));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Where the parser stopped, as node shows it. */
  #place({ lineNumber, columnNumber }) {
    const line = this.#code.split(/\r\n|[\n\r\u2028\u2029]/)[lineNumber] ?? '';
    return `<execution ${this.#number}>:${lineNumber + 1}\n${line}\n${' '.repeat(columnNumber)}^\n`;
  }

  /** What has come to be known counts but once. Errors of this very turn still belong to it. */
  #end(status, ...frames) {
    if (this !== execution) return;
    if (this.#ending?.[0] === 'failed' || (this.#ending && status !== 'failed')) return;
    if (!this.#ending) setImmediate(() => this.#finish());
    this.#ending = [status, ...frames];
  }

  #finish() {
    if (this === execution && strikes.disarm()) this.#send();
  }

  #send() {
    execution = undefined;
    abandon();
    this.#restore();
    let [status, ...frames] = this.#ending;
    if (this.#exit && status !== 'interrupted') [status, ...frames] = left(this.#exit.code);
    host.send([...frames, pack('done', this.#number, status)]);
  }
}

function left(code) {
  if (Number(code ?? 0) === 0) return ['completed'];
  const line = `process.exit(${code})`;
  return ['failed', pack('error', line, `${line}\n`)];
}

/** The name that was declared by an execution before, if that is the error. */
function declaredAgain(error) {
  if (!(error instanceof SyntaxError)) return undefined;
  const name = /^Identifier '(.+)' has already been declared$/.exec(error.message)?.[1];
  return name !== undefined && isDeclared(name) ? name : undefined;
}

let execution;

/** Errors that no code has caught end what runs; between executions they are only printed. */
function uncaught(error) {
  if (execution?.mayHaveRaised(error)) execution.fail(error);
  else if (!(error instanceof Exit)) process.stderr.write(describe(error)[1]);
}

function exit(code = process.exitCode) {
  const leaving = new Exit(code);
  execution?.leave(leaving);
  throw leaving;
}

function main() {
  streams.install();
  timers.install();
  names.install(process.cwd(), (...values) => {
    for (const value of values) host.show(packBundle('display', toBundle(value)));
  });
  process.exit = exit;
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', uncaught);
  host.open(([, number, code, ...environment]) => {
    execution = new Execution(number, code, environment);
    execution.run();
  });
  strikes.listen(() => execution?.struck());
}

main();

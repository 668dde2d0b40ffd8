'use strict';

// Code that is a program: it lasts as long as node's event loop has something to do, and ends as node
// itself ends, with process.exitCode, its listeners of `exit`, and errors that nobody has caught.

const { isPromise } = require('node:util').types;
const { packBundle, representations } = require('./display');
const { describe } = require('./errors');
const { evaluate } = require('./evaluation');
const { pack } = require('./frames');
const host = require('./host');
const interrupts = require('./interrupts');
const variables = require('./variables');

const { exit } = process;

const UNSETTLED = 'The code awaits a promise that nothing can settle any more.';

class Program {
  #number;
  #code;
  #evaluated = false;
  #left = false; // by process.exit()
  #failed = false;

  constructor(number, code, environment) {
    this.#number = number;
    this.#code = code;
    variables.set(environment);
  }

  run() {
    process.exit = (...code) => {
      this.#left = true;
      exit.apply(process, code);
    };
    process.prependListener('exit', () => this.#end());
    host.unref();
    interrupts.unref();
    interrupts.arm(this.#number);
    evaluate(this.#number, this.#code, (value, failure) => this.#go(value, failure));
  }

  /** An error that nobody has caught. */
  fail(error, place) {
    this.#report(...describe(error, place));
    this.#left = true;
    exit(1);
  }

  interrupted() {
    const line = 'Interrupted: the code was told to stop';
    this.#finish('interrupted', pack('error', line, `${line}\n`));
  }

  #go(value, failure) {
    this.#evaluated = true;
    if (failure) this.#raise(failure.error, failure.place);
    else if (isPromise(value)) {
      value.then(
        (settled) => this.#show(settled),
        (error) => this.#raise(error)
      );
    } else this.#show(value);
  }

  #raise(error, place) {
    const listened = process.listenerCount('uncaughtException') > 1; // by the code, too
    if (!listened || place) this.fail(error, place);
    else process.emit('uncaughtException', error, 'uncaughtException');
  }

  #show(value) {
    if (value === undefined) return;
    try {
      host.show(packBundle('result', representations(value)));
    } catch (error) {
      this.fail(error);
    }
  }

  #report(line, text) {
    if (!this.#failed) host.show(pack('error', line, text));
    this.#failed = true;
  }

  /** The first listener of `exit`: it calls all others, and none comes after it. */
  #end() {
    for (const listener of process.rawListeners('exit').slice(1)) {
      try {
        listener.call(process, process.exitCode ?? 0);
      } catch (error) {
        this.#report(...describe(error));
      }
    }
    if (!interrupts.disarm()) return this.interrupted();
    const code = process.exitCode ?? 0;
    if (!this.#evaluated && !this.#left) this.#report(UNSETTLED, `${UNSETTLED}\n`);
    if (Number(code)) {
      const line = this.#left ? `process.exit(${code})` : `process.exitCode = ${code}`;
      this.#report(line, `${line}\n`);
    }
    this.#finish(this.#failed ? 'failed' : 'completed');
  }

  /** The host ends the process. What node itself would do now nobody would see. */
  #finish(status, ...frames) {
    host.send([...frames, pack('done', this.#number, status)]);
    host.block();
  }
}

module.exports = { Program };

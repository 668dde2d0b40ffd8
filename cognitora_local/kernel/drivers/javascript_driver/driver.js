'use strict';

// The driver's loop: receive code, run it, send what it shows and how it ended.

const host = require('./host');
const { pack } = require('./frames');
const { packBundle, representations, toBundle } = require('./display');
const { describe, executionsOf } = require('./errors');
const { evaluate } = require('./evaluation');
const { abandon } = require('./inspection');
const names = require('./names');
const { Program } = require('./program');
const stacks = require('./stacks');
const streams = require('./streams');
const interrupts = require('./interrupts');
const timers = require('./timers');
const variables = require('./variables');

const { isPromise } = require('node:util').types;
const { setImmediate } = require('node:timers'); // as it is now, whatever the code makes of it

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
    interrupts.arm(this.#number);
    evaluate(this.#number, this.#code, (value, failure) => this.#evaluated(value, failure));
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
  interrupted() {
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

  #evaluated(value, failure) {
    if (failure) this.fail(failure.error, failure.place);
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

  /** What has come to be known counts but once. Errors of this very turn still belong to it. */
  #end(status, ...frames) {
    if (this !== execution) return;
    if (this.#ending?.[0] === 'failed' || (this.#ending && status !== 'failed')) return;
    if (!this.#ending) setImmediate(() => this.#finish());
    this.#ending = [status, ...frames];
  }

  #finish() {
    if (this === execution && interrupts.disarm()) this.#send();
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

let execution;
let program;

/** Errors that no code has caught end what runs; between executions they are only printed. */
function uncaught(error) {
  const listened = process.listenerCount('uncaughtException') > 1; // by the code, too
  if (listened && !(error instanceof Exit)) return;
  if (program) program.fail(error);
  else if (execution?.mayHaveRaised(error)) execution.fail(error);
  else if (!(error instanceof Exit)) process.stderr.write(describe(error)[1]);
}

/** Without our listener node would do the same. */
function unhandled(error) {
  if (process.listenerCount('unhandledRejection') === 1) {
    process.emit('uncaughtException', error, 'unhandledRejection');
  }
}

function exit(code = process.exitCode) {
  const leaving = new Exit(code);
  execution?.leave(leaving);
  throw leaving;
}

function main() {
  stacks.install();
  streams.install();
  timers.install();
  names.install(process.cwd(), (...values) => {
    for (const value of values) host.show(packBundle('display', toBundle(value)));
  });
  process.exit = exit;
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', unhandled);
  host.open(([kind, number, code, ...environment]) => {
    if (kind === 'program') program = new Program(number, code, environment);
    else execution = new Execution(number, code, environment);
    (program ?? execution).run();
  });
  interrupts.listen(() => (program ?? execution)?.interrupted());
}

main();

'use strict';

// How the thread that hears of interrupts (interrupter.js) ends the code that runs, and nothing
// else. The two threads share one cell, which holds the tag of the execution that may be interrupted
// now: an interrupt has the tag of that which it is meant for, and may come late.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const INTERRUPTS = 4;
const IDLE = 0;
const INTERRUPTING = -1;
const TAGS = 16; // as the supervisor has them

const cell = new Int32Array(new SharedArrayBuffer(4));
let worker;
let tag;

/** Start to listen; `interrupted` is called when code was terminated, which is then no longer armed. */
function listen(interrupted) {
  worker = new Worker(path.join(__dirname, 'interrupter.js'), {
    workerData: { cell, descriptor: INTERRUPTS },
    execArgv: [],
    stdin: false,
  });
  worker.on('message', () => {
    Atomics.store(cell, 0, IDLE);
    interrupted();
  });
}

/** Don't keep node going. */
function unref() {
  worker.unref();
}

/** Let the code of this execution be interrupted. */
function arm(number) {
  tag = 1 + (number % TAGS);
  Atomics.store(cell, 0, tag);
}

/** No more. False when it is being interrupted, or just was: `interrupted` will be called. */
function disarm() {
  return Atomics.compareExchange(cell, 0, tag, IDLE) === tag;
}

/** Do something that must not be interrupted in the middle. */
function shielded(action) {
  const before = Atomics.compareExchange(cell, 0, tag, IDLE);
  if (before === INTERRUPTING) Atomics.wait(cell, 0, INTERRUPTING); // which ends this wait, too
  try {
    action();
  } finally {
    if (before === tag) Atomics.store(cell, 0, tag);
  }
}

module.exports = { arm, disarm, listen, shielded, unref };

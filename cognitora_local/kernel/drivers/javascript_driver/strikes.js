'use strict';

// How the thread that hears of interrupts (interrupter.js) ends the code that runs, and nothing
// else. The two threads share one cell, which holds the tag of the execution that may be struck now: a
// strike has the tag of that which it is meant for, and may come late.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const INTERRUPTS = 4;
const IDLE = 0;
const STRIKING = -1;
const TAGS = 16; // as the supervisor has them

const cell = new Int32Array(new SharedArrayBuffer(4));
let worker;
let tag;

/** Start to listen; `struck` is called when code was terminated, which is then no longer armed. */
function listen(struck) {
  worker = new Worker(path.join(__dirname, 'interrupter.js'), {
    workerData: { cell, descriptor: INTERRUPTS },
    execArgv: [],
    stdin: false,
  });
  worker.on('message', () => {
    Atomics.store(cell, 0, IDLE);
    struck();
  });
}

/** Don't keep node going. */
function unref() {
  worker.unref();
}

/** Let the code of this execution be struck. */
function arm(number) {
  tag = 1 + (number % TAGS);
  Atomics.store(cell, 0, tag);
}

/** No more. False when it is being struck, or just was: `struck` will be called. */
function disarm() {
  return Atomics.compareExchange(cell, 0, tag, IDLE) === tag;
}

/** Do something that must not be struck in the middle. */
function shielded(action) {
  const before = Atomics.compareExchange(cell, 0, tag, IDLE);
  if (before === STRIKING) Atomics.wait(cell, 0, STRIKING); // the strike ends this wait, too
  try {
    action();
  } finally {
    if (before === tag) Atomics.store(cell, 0, tag);
  }
}

module.exports = { arm, disarm, listen, shielded, unref };

'use strict';

// How the thread that hears of interrupts (interrupter.js) ends the code that runs, and nothing
// else. The two threads share one cell. The code can only be struck while it is ARMED.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const INTERRUPTS = 4;
const IDLE = 0;
const ARMED = 1;
const STRIKING = 2;

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Start to listen; `struck` is called when code was terminated, which is then no longer armed. */
function listen(struck) {
  const worker = new Worker(path.join(__dirname, 'interrupter.js'), {
    workerData: { cell, descriptor: INTERRUPTS },
    execArgv: [],
    stdin: false,
  });
  worker.on('message', () => {
    Atomics.store(cell, 0, IDLE);
    struck();
  });
}

/** Let the code that runs now be struck. */
function arm() {
  Atomics.store(cell, 0, ARMED);
}

/** No more. False when it is being struck, or just was: `struck` will be called. */
function disarm() {
  return Atomics.compareExchange(cell, 0, ARMED, IDLE) === ARMED;
}

/** Do something that must not be struck in the middle. */
function shielded(action) {
  const before = Atomics.compareExchange(cell, 0, ARMED, IDLE);
  if (before === STRIKING) Atomics.wait(cell, 0, STRIKING); // the strike ends this wait, too
  try {
    action();
  } finally {
    if (before === ARMED) arm();
  }
}

module.exports = { arm, disarm, listen, shielded };

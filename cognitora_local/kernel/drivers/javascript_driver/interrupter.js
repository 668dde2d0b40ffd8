'use strict';

// A thread that hears of interrupts while the main one is busy, and terminates what runs there.

const inspector = require('node:inspector');
const net = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');

const IDLE = 0;
const INTERRUPTING = -1;
const INTERRUPTED = -2;
const TRIES = 50;
const TRY_MS = 0.2;

const { cell, descriptor } = workerData;
const pause = new Int32Array(new SharedArrayBuffer(4));
const main = new inspector.Session();
main.connectToMainThread();

const interrupts = new net.Socket({ fd: descriptor, readable: true, writable: false });
interrupts.on('data', (tags) => {
  if (aim(tags.at(-1))) main.post('Runtime.terminateExecution', interrupted);
});

/** Whether there is this code to interrupt. It may be shielded a moment; the host tries again. */
function aim(tag) {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const state = Atomics.compareExchange(cell, 0, tag, INTERRUPTING);
    if (state !== IDLE) return state === tag;
    Atomics.wait(pause, 0, 0, TRY_MS);
  }
  return false;
}

function interrupted() {
  Atomics.store(cell, 0, INTERRUPTED);
  Atomics.notify(cell, 0);
  parentPort.postMessage('interrupted');
}

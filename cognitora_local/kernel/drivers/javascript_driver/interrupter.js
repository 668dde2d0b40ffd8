'use strict';

// A thread that hears of interrupts while the main one is busy, and terminates what runs there.

const inspector = require('node:inspector');
const net = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');

const IDLE = 0;
const ARMED = 1;
const STRIKING = 2;
const STRUCK = 3;
const TRIES = 50;
const TRY_MS = 0.2;

const { cell, descriptor } = workerData;
const pause = new Int32Array(new SharedArrayBuffer(4));
const main = new inspector.Session();
main.connectToMainThread();

const interrupts = new net.Socket({ fd: descriptor, readable: true, writable: false });
interrupts.on('data', () => {
  if (aim()) main.post('Runtime.terminateExecution', struck);
});

/** Whether there is code to strike. It may be shielded for a moment; the host will strike again. */
function aim() {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const state = Atomics.compareExchange(cell, 0, ARMED, STRIKING);
    if (state !== IDLE) return state === ARMED;
    Atomics.wait(pause, 0, 0, TRY_MS);
  }
  return false;
}

function struck() {
  Atomics.store(cell, 0, STRUCK);
  Atomics.notify(cell, 0);
  parentPort.postMessage('struck');
}

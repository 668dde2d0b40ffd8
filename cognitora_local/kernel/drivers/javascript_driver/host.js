'use strict';

// The way to the host: its socket, the pipes at fd 1 and fd 2, and the supervisor that knows what of
// it all the host has read. One of the three is only written to when the others are empty: that is
// how the host knows what came first.

const fs = require('node:fs');
const net = require('node:net');
const { FrameReader } = require('./frames');
const { shielded } = require('./interrupts');

const HOST = 3;
const REQUESTS = 5;
const REPLIES = 6;
const READY = Buffer.from('r');
const SETTLE = Buffer.from('s');

const { readSync, writeSync } = fs;
const { moduleLoadList } = process;
const pause = new Int32Array(new SharedArrayBuffer(4));
const reply = Buffer.alloc(1);
let last = 1;
let unref;
let hasChildren = false;

/** Say that executions may come; each is given to `execute` as the fields of its frame. */
function open(execute) {
  const reader = new FrameReader();
  const socket = new net.Socket({ fd: HOST, readable: true, writable: false });
  socket.on('data', (chunk) => reader.feed(chunk).forEach(execute));
  socket.on('close', () => process.reallyExit(0));
  unref = () => socket.unref();
  writeSync(REQUESTS, READY);
}

/** Write to fd 1 or fd 2, after all that was shown before. */
function print(descriptor, data) {
  if (last !== descriptor || mayHaveChildren()) settle(descriptor);
  write(descriptor, data);
}

/** Send frames while the code runs. */
function show(frame) {
  shielded(() => {
    last = HOST;
    write(HOST, frame);
  });
}

/** Send frames when the code doesn't run. */
function send(frames) {
  write(HOST, Buffer.concat(frames));
}

function settle(descriptor) {
  shielded(() => {
    writeSync(REQUESTS, SETTLE);
    readSync(REPLIES, reply);
    last = descriptor;
  });
}

/** Programs that the code has started write to the pipes as well, at any time. */
function mayHaveChildren() {
  hasChildren ||= moduleLoadList.includes('NativeModule child_process');
  return hasChildren;
}

function write(descriptor, data) {
  for (let position = 0; position < data.length; ) {
    try {
      position += writeSync(descriptor, data, position);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error; // or else: full, and a child made it non-blocking
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

/** Do nothing any more, until the host ends the process. */
function block() {
  for (;;) Atomics.wait(pause, 0, 0);
}

module.exports = { block, open, print, send, show, unref: () => unref() };

'use strict';

// process.stdout and process.stderr: synchronous, and in order with each other.

const { createReadStream } = require('node:fs');
const { Writable } = require('node:stream');
const { print } = require('./host');

/** Without a buffer, so that code may be stopped in the middle of a write. It can't be closed. */
class Stream extends Writable {
  constructor(descriptor) {
    super({ decodeStrings: false });
    this.fd = descriptor;
    this._type = 'pipe';
  }

  write(chunk, encoding, callback) {
    print(this.fd, toBuffer(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done);
    return true;
  }

  end(chunk, encoding, callback) {
    if (chunk != null && typeof chunk !== 'function') this.write(chunk, encoding);
    const done = [chunk, encoding, callback].find((each) => typeof each === 'function');
    if (done) process.nextTick(done);
    return this;
  }

  destroy() {
    return this;
  }
}

function toBuffer(chunk, encoding) {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  if (ArrayBuffer.isView(chunk)) {
    return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  const error = new TypeError('a stream is written strings, Buffers, TypedArrays or DataViews');
  error.code = 'ERR_INVALID_ARG_TYPE';
  throw error;
}

let input;

/** What the code was given to read, from where it was read to; a stream that has ended is made anew. */
function stdin() {
  if (!input || input.readableEnded || input.destroyed) {
    input = createReadStream(null, { fd: 0, autoClose: false });
    input.isTTY = false;
  }
  return input;
}

/** Take the place of node's own. */
function install() {
  Object.defineProperty(process, 'stdin', { get: stdin, configurable: true, enumerable: true });
  for (const [name, descriptor] of [['stdout', 1], ['stderr', 2]]) {
    const value = new Stream(descriptor);
    Object.defineProperty(process, name, { value, configurable: true, enumerable: true });
  }
}

module.exports = { install };

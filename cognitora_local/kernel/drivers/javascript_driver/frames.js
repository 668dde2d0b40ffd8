'use strict';

// The frames of python_driver/frames.py: a length and a body, whose fields each have a length, too.

const LENGTH = 4;
const FRAME_LIMIT = 16 * 2 ** 20;

/** One frame of some strings. */
function pack(...fields) {
  let size = 0;
  for (const field of fields) size += LENGTH + Buffer.byteLength(field);
  const frame = Buffer.allocUnsafe(LENGTH + size);
  let position = frame.writeUInt32BE(size, 0);
  for (const field of fields) {
    const written = frame.write(field, position + LENGTH, 'utf8');
    position = frame.writeUInt32BE(written, position) + written;
  }
  return frame;
}

/** Takes frames out of the bytes that come. */
class FrameReader {
  #chunks = [];
  #size = 0;

  /** Each frame that is whole now, as a list of its fields. */
  feed(chunk) {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames = [];
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next() {
    if (this.#size < LENGTH) return undefined;
    if (this.#chunks[0].length < LENGTH) this.#join();
    const end = LENGTH + this.#chunks[0].readUInt32BE(0);
    if (this.#size < end) return undefined;
    this.#join();
    const [data] = this.#chunks;
    this.#chunks = [data.subarray(end)];
    this.#size -= end;
    return unpack(data.subarray(LENGTH, end));
  }

  #join() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

function unpack(body) {
  const fields = [];
  for (let position = 0; position < body.length; ) {
    const start = position + LENGTH;
    position = start + body.readUInt32BE(position);
    fields.push(body.toString('utf8', start, position));
  }
  return fields;
}

module.exports = { FRAME_LIMIT, FrameReader, pack };

'use strict';

// What a value looks like: its representations by MIME type.

const { inspect } = require('node:util');
const { FRAME_LIMIT, pack } = require('./frames');

const TEXT_LIMIT = 2 ** 20;
const RICH = Symbol.for('Jupyter.display');
const AS_REPL = { showProxy: true, maxStringLength: TEXT_LIMIT }; // but strings are whole

/** The frame of a bundle; RangeError when it is larger than the host accepts. */
function packBundle(kind, bundle) {
  const frame = pack(kind, ...Object.entries(bundle).flat());
  if (frame.length > FRAME_LIMIT) {
    const size = (frame.length / 2 ** 20).toFixed(1);
    throw new RangeError(
      `this output takes ${size} MiB, and one may take ${FRAME_LIMIT / 2 ** 20}: ` +
        'write it to a file and download that'
    );
  }
  return frame;
}

/** Text first, then whatever richer the value offers by its method Symbol.for('Jupyter.display'). */
function representations(value) {
  const bundle = { 'text/plain': shorten(inspect(value, AS_REPL)) };
  if (typeof value?.[RICH] === 'function') Object.assign(bundle, encode(value[RICH]()));
  return bundle;
}

/** The bundle that `display` was given: a bundle itself, or any value. */
function toBundle(value) {
  return isBundle(value) ? encode(value) : representations(value);
}

function isBundle(value) {
  if (value === null || typeof value !== 'object') return false;
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => /^[\w.+-]+\/[\w.+-]+$/.test(name));
}

/** Representations as text: JSON types as JSON, bytes as base64. */
function encode(bundle) {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, content]) => [mime, toText(mime, content)])
  );
}

function toText(mime, content) {
  if (/^application\/json$|\+json$/.test(mime)) return JSON.stringify(content) ?? 'null';
  if (ArrayBuffer.isView(content)) {
    const { buffer, byteOffset, byteLength } = content;
    return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  }
  return String(content);
}

function shorten(text) {
  if (text.length <= TEXT_LIMIT) return text;
  const more = (text.length - TEXT_LIMIT).toLocaleString('en');
  return `${text.slice(0, TEXT_LIMIT)}… (${more} more characters)`;
}

module.exports = { packBundle, representations, toBundle };

'use strict';

// Errors as text: the stack without the driver's frames.

const { inspect, types } = require('node:util');

const { advice } = require('./missing');

const LIMIT = 100_000;
const LINE_LIMIT = 1_000;
const FRAME = /^\s+at /;
const OWN = new RegExp(`node:inspector|${__dirname.replace(/[.\\/]/g, '\\$&')}`);
const USERS = /<execution-\d+>/;

/** One line, and the whole stack. `place` says where code that can't be parsed goes wrong. */
function describe(error, place) {
  let line;
  let text;
  try {
    text = withoutDriver(types.isNativeError(error) ? shown(error) : `Uncaught ${inspect(error)}`);
    line = types.isNativeError(error) ? String(error) : text;
    if (place && !USERS.test(text)) text = `${place}\n${text}`;
    text += advice(error);
  } catch {
    line = text = "Uncaught error, which can't be shown";
  }
  return [firstLine(line), shorten(text.replace(/<execution-(\d+)>/g, '<execution $1>')) + '\n'];
}

/** As node shows it, but without the brackets that it puts around an error that has no frames. */
function shown(error) {
  const text = inspect(error);
  const { stack } = error;
  return text.startsWith(`[${stack}]`) ? stack + text.slice(stack.length + 2) : text;
}

/** What the driver itself was called by comes after its own frames: from the first one on all go. */
function withoutDriver(text) {
  const kept = [];
  let dropping = false;
  for (const line of text.split('\n')) {
    dropping = FRAME.test(line) && (dropping || OWN.test(line));
    if (!dropping) kept.push(line);
    else if (line.endsWith(' {')) kept[kept.length - 1] += ' {'; // the error's properties follow
  }
  return kept.join('\n');
}

function firstLine(text) {
  return text.split('\n', 1)[0].slice(0, LINE_LIMIT);
}

function shorten(text) {
  if (text.length <= LIMIT) return text;
  const left = (text.length - LIMIT).toLocaleString('en');
  return `${text.slice(0, LIMIT / 2)}\n… ${left} characters left out …\n${text.slice(-LIMIT / 2)}`;
}

/** The numbers of the executions that the error's stack names. */
function executionsOf(error) {
  try {
    return Array.from(String(error.stack).matchAll(/<execution-(\d+)>/g), ([, number]) => number);
  } catch {
    return [];
  }
}

module.exports = { describe, executionsOf };

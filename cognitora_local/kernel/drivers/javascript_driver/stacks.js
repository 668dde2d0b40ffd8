'use strict';

// What `error.stack` shows: the frames of the code, without those of the driver that has called it
// and of node's loader.

const { toString } = Error.prototype;
const NODE_ERROR = symbolOfNodeErrors();
const LOADER = 'node:internal/modules/';

/** Node asks this function, where it is defined, for the text of a stack. */
function install() {
  Object.defineProperty(Error, 'prepareStackTrace', {
    value: prepareStackTrace,
    configurable: true,
    writable: true,
  });
}

function prepareStackTrace(error, frames) {
  const shown = withoutDriver(frames).filter((frame) => !frame.getFileName()?.startsWith(LOADER));
  return [headline(error), ...shown].join('\n    at ');
}

/** What the driver was called by lies below its evaluation, and what it calls for the code between. */
function withoutDriver(frames) {
  const evaluation = frames.findIndex(
    (frame, index) =>
      frame.getFileName() === 'node:inspector' && (!frames[index + 1] || isOwn(frames[index + 1]))
  );
  const called = evaluation < 0 ? frames : frames.slice(0, evaluation);
  const shown = called.filter((frame) => !isOwn(frame));
  return shown.length ? shown : frames; // only the driver sees it, an error of the parser
}

function isOwn(frame) {
  return Boolean(frame.getFileName()?.startsWith(__dirname));
}

function headline(error) {
  if (NODE_ERROR && NODE_ERROR in error) return `${error.name} [${error.code}]: ${error.message}`;
  return toString.call(error);
}

/** Node shows the codes of its own errors, and marks these by a symbol. */
function symbolOfNodeErrors() {
  try {
    Buffer.alloc('');
  } catch (error) {
    for (let each = error; each; each = Object.getPrototypeOf(each)) {
      const symbols = Object.getOwnPropertySymbols(each);
      const found = symbols.find((symbol) => symbol.description === 'kIsNodeError');
      if (found) return found;
    }
  }
  return undefined;
}

module.exports = { install };

'use strict';

// V8's inspector, as far as it is needed: it evaluates as a REPL does, where `let` and `const` may
// be declared again and `await` may stand anywhere.

const inspector = require('node:inspector');
const { promiseHooks } = require('node:v8');

const GROUP = 'execution';
const TAKER = '<taker>';

let session;
let taker; // a function of ours, by the inspector's id: it takes a value that the inspector holds
let taken;
let pending = false;
let promise; // of what is being evaluated

/**
 * Evaluate; `ended` is called with the value, or with the error and V8's details of it.
 *
 * The inspector awaits the promise that V8 makes of the code, and tells of it when that is collected: in
 * the middle of a garbage collection, which node doesn't survive. It is collected even when it is
 * settled, by V8 13 in the time before that is told. So it is held here: it is the first that is made.
 */
function evaluate(expression, ended) {
  const mine = session;
  const how = { expression, objectGroup: GROUP, replMode: true, awaitPromise: true, silent: true };
  pending = true;
  const stop = promiseHooks.onInit((first) => {
    promise = first;
    stop();
  });
  session.post('Runtime.evaluate', how, (failure, answer) => {
    if (failure || mine !== session) return; // it was terminated, which is told otherwise
    pending = false;
    promise = undefined;
    const { result, exceptionDetails: details } = answer;
    const value = take(details ? details.exception : result);
    session.post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
    ended(value, details);
  });
  stop();
}

/** Forget what is being evaluated, if anything is: the inspector as well, and so its promise. */
function abandon() {
  if (!pending) return;
  pending = false;
  session.disconnect();
  promise = undefined;
  connect();
}

/** Whether an execution before has declared it. */
function isDeclared(name) {
  let names;
  session.post('Runtime.globalLexicalScopeNames', {}, (_, answer) => {
    names = answer.names;
  });
  return names.includes(name) || Object.hasOwn(globalThis, name);
}

function connect() {
  session = new inspector.Session();
  session.connect();
  Object.defineProperty(globalThis, TAKER, { value: keep, configurable: true });
  session.post('Runtime.evaluate', { expression: `globalThis['${TAKER}']` }, (_, { result }) => {
    taker = result.objectId;
  });
  delete globalThis[TAKER];
}

function keep(value) {
  taken = value;
}

/** The value itself, by calling our function with it. */
function take({ type, objectId, value, unserializableValue }) {
  if (type === 'undefined') return undefined;
  session.post('Runtime.callFunctionOn', {
    objectId: taker,
    functionDeclaration: 'function (value) { this(value); }',
    arguments: [objectId ? { objectId } : { value, unserializableValue }],
  });
  const result = taken;
  taken = undefined;
  return result;
}

connect();

module.exports = { abandon, evaluate, isDeclared };

'use strict';

// The timers that code sets, so that an interrupt can end what waits for them.

const timers = require('node:timers');

const clear = { setTimeout: timers.clearTimeout, setInterval: timers.clearInterval };
let set = [];
let limit = 1000;

function install() {
  for (const [name, clearOne] of Object.entries(clear)) {
    const original = timers[name];
    const replacement = {
      [name](...given) {
        const timer = original(...given);
        remember(timer, clearOne);
        return timer;
      },
    }[name];
    Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
    globalThis[name] = timers[name] = replacement;
  }
}

function remember(timer, clearOne) {
  if (set.push([timer, clearOne]) < limit) return;
  set = set.filter(([each]) => !each._destroyed);
  limit = Math.max(1000, 2 * set.length);
}

/** From here on. */
function forget() {
  set = [];
}

/** Clear those that were set since `forget`. */
function cancel() {
  for (const [timer, clearOne] of set) clearOne(timer);
  forget();
}

module.exports = { cancel, forget, install };

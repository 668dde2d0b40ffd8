'use strict';

// Environment variables for the time of one execution.

/** Set them; the function that restores each that the code itself hasn't changed. */
function set(namesAndValues) {
  const values = [];
  for (let i = 0; i < namesAndValues.length; i += 2) {
    const [name, value] = namesAndValues.slice(i, i + 2);
    values.push([name, value, process.env[name]]);
    process.env[name] = value;
  }
  return () => {
    for (const [name, value, before] of values) {
      if (process.env[name] !== value) continue;
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
  };
}

module.exports = { set };

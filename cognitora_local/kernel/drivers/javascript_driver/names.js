'use strict';

// What code finds: the names of a script that lies in the work folder, and `display`.

const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { IMPORT } = require('./source');

const { USE_MAIN_CONTEXT_DEFAULT_LOADER } = vm.constants ?? {};

/** Define them. `const fs = …` and the like may replace each. */
function install(folder, display) {
  const filename = path.join(folder, 'execution.js');
  const require = createRequire(filename);
  const module = { id: '.', path: folder, filename, exports: {}, children: [], paths: [] };
  require.main = process.mainModule = module;
  process.argv.splice(1, Infinity, filename);
  process.execArgv.length = 0; // the driver's
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(__dirname)) delete require.cache[file];
  }
  const names = { require, module, exports: module.exports, display };
  Object.assign(names, { __filename: filename, __dirname: folder });
  Object.assign(names, { [IMPORT]: importer(filename, require) });
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

/** `import(…)` as it works in a file of the work folder. */
function importer(filename, require) {
  const load = vm.runInThisContext('(specifier, options) => import(specifier, options)', {
    filename,
    importModuleDynamically: USE_MAIN_CONTEXT_DEFAULT_LOADER ?? ((name) => import(locate(name, require))),
  });
  return (specifier, options) => {
    const { emitWarning } = process;
    process.emitWarning = () => {}; // that this option is new, at its first use
    try {
      return load(specifier, options);
    } finally {
      process.emitWarning = emitWarning;
    }
  };
}

/** For a node before 20.12: where CommonJS finds it. */
function locate(name, require) {
  if (/^[a-z][a-z+.-]+:/.test(name)) return name;
  const found = require.resolve(name);
  return path.isAbsolute(found) ? pathToFileURL(found).href : found;
}

module.exports = { install };

'use strict';

// What to do about a package that isn't there.

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const CODES = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);
const NAMED = /^Cannot find (?:module|package) '((?:@[a-z0-9-][\w.-]*\/)?[a-z0-9-][\w.-]*)(?:\/[^']*)?'/i;

const A_FILE = /\.(?:c?js|mjs|json|node)$/i;

/** A line on how to install the package that the error misses; nothing for files and other errors. */
function advice(error) {
  const name = missing(error);
  if (!name || A_FILE.test(name) || isInstalled(name)) return '';
  return (
    `\n${name} isn't installed here. With networking, code installs it for its session: ` +
    `require('child_process').execSync('npm install ${name}')`
  );
}

function missing(error) {
  try {
    return CODES.has(error?.code) ? NAMED.exec(String(error.message))?.[1] : undefined;
  } catch {
    return undefined; // a property that throws
  }
}

/** Then it is a file within the package that is missing. */
function isInstalled(name) {
  const folders = require.resolve.paths(name) ?? [];
  return [join(process.cwd(), 'node_modules'), ...folders].some((folder) => existsSync(join(folder, name)));
}

module.exports = { advice };

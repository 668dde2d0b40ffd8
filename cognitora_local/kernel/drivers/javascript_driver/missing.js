'use strict';

// What to do about a package that isn't there.

const CODES = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);
const NAMED = /^Cannot find (?:module|package) '((?:@[a-z0-9-][\w.-]*\/)?[a-z0-9-][\w.-]*)(?:\/[^']*)?'/i;

/** A line on how to install the package that the error misses; nothing for files and other errors. */
function advice(error) {
  if (!CODES.has(error?.code)) return '';
  const [, name] = NAMED.exec(String(error.message)) ?? [];
  if (!name) return '';
  return (
    `\n${name} isn't installed here. With networking, code installs it for its session: ` +
    `require('child_process').execSync('npm install ${name}')`
  );
}

module.exports = { advice };

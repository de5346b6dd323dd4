#!/usr/bin/env node
// Starts Postern: the built program, or in a checkout without one the sources. Written for old Nodes too, so that they
// get a sentence instead of a syntax error: no static imports, nothing newer than dynamic import.
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`Postern needs Node ≥ 22.18, this is ${process.versions.node}.`);
  process.exit(1);
}

// Argon2 and signing share libuv's pool; with its default of 4 threads two sign-ins would hold up every token. It counts
// only before the pool's first job.
process.env.UV_THREADPOOL_SIZE = process.env.UV_THREADPOOL_SIZE || '16';

Promise.all([import('node:module'), import('node:fs')]).then(([module, fs]) => {
  module.enableCompileCache();
  const built = new URL('../dist/bundle/main.js', import.meta.url);
  const source = new URL('../src/main.ts', import.meta.url);
  return import(fs.existsSync(built) ? built.href : source.href);
});

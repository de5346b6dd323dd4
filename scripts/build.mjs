// `npm run build`: dist/ for the package. The library entries stay file by file, as the sources are; the program is one
// bundle beside them, because reading 600 small files is what a start costs most.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(`${root}/dist`, { recursive: true, force: true });
const compiler = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiler.status !== 0) process.exit(compiler.status ?? 1);

const natives = ['better-sqlite3', '@node-rs/argon2', 'pg', 'knex', '@zxcvbn-ts/language-common', 'read'];
const bundle = await rolldown({
  input: `${root}/dist/main.js`,
  platform: 'node',
  // Native code, and what is loaded on first use only.
  external: [...natives, ...builtinModules, /^node:/],
  // A dependency's dependency makes functions with eval; the warning is about minifying, which we don't.
  checks: { eval: false },
});
await bundle.write({
  // As deep as the sources, so that the one relative URL to migrations/ and views/ holds here too.
  dir: `${root}/dist/bundle`,
  format: 'esm',
  minify: false,
  sourcemap: false,
});

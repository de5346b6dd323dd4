// `npm run build`: dist/ for the package. The library entries stay file by file, as the sources are; the program is one
// bundle beside them.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(`${root}/dist`, { recursive: true, force: true });
const compiler = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiler.status !== 0) process.exit(compiler.status ?? 1);

await bundle(`${root}/dist/main.js`, `${root}/dist/bundle`);

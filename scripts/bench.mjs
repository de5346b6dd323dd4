// `npm run bench`: installs what is missing, builds `dist`, measures it. `npm run bench -- flows --rounds 9` passes arguments on.
import { ensureInstalled, runNode } from './ensure.mjs';

async function bench() {
  ensureInstalled();
  const built = await runNode(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']);
  return built || runNode(['bench/main.ts', ...process.argv.slice(2)]);
}

bench().then((status) => process.exit(status));

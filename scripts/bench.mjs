// `npm run bench`: installs what is missing, builds the program as it is shipped, measures it. `npm run bench -- flows --rounds 9` passes arguments on.
import { ensureInstalled, runNode } from './ensure.mjs';

async function bench() {
  ensureInstalled();
  const built = await runNode(['scripts/build.mjs']);
  return built || runNode(['bench/main.ts', ...process.argv.slice(2)]);
}

bench().then((status) => process.exit(status));

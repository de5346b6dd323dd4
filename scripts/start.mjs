// `npm start`: installs what is missing and runs `postern dev` from the sources. `npm start -- --port 5000` passes flags on.
import { ensureInstalled, runNode } from './ensure.mjs';

ensureInstalled();
// The pool is as large as bin/postern.js makes it.
runNode(['src/main.ts', 'dev', ...process.argv.slice(2)], { UV_THREADPOOL_SIZE: '16' }).then((status) =>
  process.exit(status),
);

// `npm test`: installs what is missing, checks types, lint and format, runs every test and prints the total. With arguments
// (`npm test -- test/domain`) it runs those tests only.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root, runNode } from './ensure.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const results = join(root, 'test-results', 'vitest.json');
const inCI = process.env.CI === 'true';

async function test(filters) {
  ensureInstalled();
  ensureSystemPackages();
  const checked = filters.length === 0 ? check() : 0;
  mkdirSync(join(root, 'test-results'), { recursive: true });
  rmSync(results, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const tested = await runNode(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...filters]);
  const skipped = total();
  return checked || tested || (inCI && skipped > 0 ? 1 : 0);
}

function check() {
  const { status } = spawnSync('npm', ['run', 'check'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status ?? 1;
}

/** Prints the total and returns how many were skipped: a failure where everything must be there. */
function total() {
  if (!existsSync(results)) return 0;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(results, 'utf8'));
  const skipped = numPendingTests + numTodoTests;
  if (inCI && skipped > 0) console.error(`With CI=true no test may be skipped, but ${skipped} were.`);
  console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`);
  return skipped;
}

test(process.argv.slice(2)).then((status) => process.exit(status));

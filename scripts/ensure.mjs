// Installs the packages when they are missing or not those of package-lock.json, and runs programs on the project's own
// Node 24. Runs on any Node from 14 on, before anything is installed: nothing but node's own modules here.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const windows = process.platform === 'win32';
const node = windows ? join(root, 'node_modules', 'node', 'bin', 'node.exe') : join(bin, 'node');

/** Runs `npm ci` unless what is installed is what the lock file asks for. Ends the process when that fails. */
export function ensureInstalled() {
  if (isInstalled()) return;
  console.error('Installing packages …');
  // npm 6 can't read this lock file; npm 9 still runs on the Node that brings npm 6.
  const version = spawnSync('npm', ['--version'], { shell: windows, encoding: 'utf8' }).stdout || '';
  const npm = parseInt(version, 10) >= 7 ? ['npm'] : ['npx', 'npm@9'];
  // NODE_ENV=production would leave out what building and testing need.
  const command = [...npm, 'ci', '--include=dev'];
  const { status } = spawnSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit', shell: windows });
  if (status === 0 && isInstalled()) return;
  console.error(`\`${command.join(' ')}\` did not install everything; see its messages above.`);
  process.exit(status || 1);
}

/** Compares npm's own record of what lies in node_modules with the lock file. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record) || !existsSync(node)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.keys(wanted).every((path) => {
    if (path === '' || (wanted[path].optional && !present[path])) return true;
    if (present[path] === undefined || !existsSync(join(root, path))) return false;
    return present[path].version === wanted[path].version;
  });
}

/** Runs Node 24 with these arguments in the project's folder, passes signals on, and resolves with the exit status. */
export function runNode(args, extraEnv = {}) {
  const env = { ...process.env, ...extraEnv, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both of us; a second one would read as "don't wait".
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  return new Promise((resolve) => {
    child.on('exit', (status, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeListener(name, forward);
      resolve(signal ? 128 + constants.signals[signal] : status);
    });
    child.on('error', (error) => {
      console.error(
        `Node 24 in node_modules could not be started (${error.message}). Delete node_modules and try again.`,
      );
      resolve(1);
    });
  });
}

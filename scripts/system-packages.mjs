// Debian packages that some tests drive: Chromium, and Apache with mod_auth_openidc. Installed where that is allowed (root on
// Debian); elsewhere it says how, and those tests skip.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const packages = [
  { name: 'chromium', file: '/usr/bin/chromium' },
  { name: 'apache2', file: '/usr/sbin/apache2' },
  { name: 'libapache2-mod-auth-openidc', file: '/usr/lib/apache2/modules/mod_auth_openidc.so' },
];
const policy = '/usr/sbin/policy-rc.d';

export function ensureSystemPackages() {
  const missing = packages.filter(({ file }) => !existsSync(file)).map(({ name }) => name);
  if (missing.length === 0) return;
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0;
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    install(missing);
    return;
  }
  console.error(
    `Tests that need ${missing.join(', ')} are skipped. On Debian: sudo apt-get install ${missing.join(' ')}`,
  );
}

/** Debian starts a service when its package is installed; a policy that refuses keeps Apache off the machine's ports. */
function install(names) {
  console.error(`Installing ${names.join(', ')} …`);
  const ownPolicy = !existsSync(policy);
  if (ownPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const waitForLock = ['-o', 'DPkg::Lock::Timeout=300'];
    const run = (args) =>
      spawnSync('apt-get', [...waitForLock, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
    run(['-q', 'update']);
    const { status } = run(['-q', 'install', '-y', '--no-install-recommends', ...names]);
    if (status !== 0) console.error(`apt-get could not install ${names.join(', ')}; tests that need them will say so.`);
  } finally {
    if (ownPolicy) rmSync(policy, { force: true });
  }
}

/** Debian's Apache with mod_auth_openidc: an own process with an own configuration, on a free port, as nobody. */
import { spawn } from 'node:child_process';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../src/testing/free-port.ts';
import { until } from './spawned.ts';
import { apache } from './system-packages.ts';

export type Apache = Awaited<ReturnType<typeof startApache>>;

const modules = [...['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'proxy', 'proxy_http', 'auth_openidc']].map(
  (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
);

/** `site` gets the origin that Apache answers at, and returns the rest of the configuration. */
export async function startApache(site: (origin: string) => string) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-apache-'));
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const file = join(folder, 'apache.conf');
  const log = join(folder, 'error.log');
  const own = [
    `ServerRoot ${folder}`,
    `DefaultRuntimeDir ${folder}`,
    `PidFile ${join(folder, 'pid')}`,
    `Mutex file:${folder}`,
    `Listen 127.0.0.1:${port}`,
    `ErrorLog ${log}`,
    ...['ServerName localhost', 'LogLevel warn', 'StartServers 1'],
  ];
  await writeFile(file, [...modules, ...own, site(origin), ''].join('\n'));
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (nobody.uid !== undefined) await chown(folder, nobody.uid, nobody.gid);

  const child = spawn(apache() ?? 'apache2', ['-f', file, '-D', 'FOREGROUND'], {
    ...nobody,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const killOnExit = () => void child.kill('SIGTERM');
  process.once('exit', killOnExit);

  async function stop(): Promise<void> {
    process.off('exit', killOnExit);
    if (!isOver()) child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }

  await until(async () => isOver() || (await answers(origin)));
  if (isOver()) {
    output += await readFile(log, 'utf8').catch(() => '');
    await stop();
    throw new Error(`Apache did not start: ${output}`);
  }
  return { origin, stop };
}

function answers(origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(origin, (response) => resolve(response.resume().statusCode !== undefined)).on('error', () => resolve(false));
  });
}

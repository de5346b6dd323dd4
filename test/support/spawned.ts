/** The program as people start it: a process of its own, its output, its end. Every one is ended by its process id. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findFreePort } from '../../src/testing/free-port.ts';
import { program } from './program.ts';

export type Ended = { status: number | null; signal: NodeJS.Signals | null; out: string; err: string };
export type Spawned = ReturnType<typeof spawnPostern>;

export type SpawnOptions = {
  env?: Record<string, string>;
  /** Written to standard input, which is then closed. */
  input?: string;
  /** JavaScript that runs in the process before the program. */
  preload?: string;
  /** Most 512-byte blocks that a file of the process may have (soft limit). */
  fileBlocks?: number;
};

export const goodSecret = 'spawned-secret-that-seals-nothing-of-anybody-0123456789';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-spawned-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts `postern …argv`; killed at the end of the test if it still runs. */
export function spawnPostern(argv: readonly string[], options: SpawnOptions = {}) {
  return spawnNode([...preloaded(options.preload), program(), ...argv], options);
}

/** Starts Node with any script, for example one of the test's own processes. */
export function spawnNode(argv: readonly string[], { env, input, fileBlocks }: SpawnOptions = {}) {
  const line = fileBlocks === undefined ? [] : ['-c', `ulimit -S -f ${fileBlocks}; exec "$0" "$@"`];
  const [file = '', ...rest] = [...(line.length > 0 ? ['/bin/sh', ...line] : []), process.execPath, ...argv];
  const child = spawn(file, rest, {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, TZ: 'UTC', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const written = { out: '', err: '' };
  const listeners = new Set<() => void>();
  const collect = (where: 'out' | 'err') => (chunk: Buffer) => {
    written[where] += String(chunk);
    for (const listen of listeners) listen();
  };
  child.stdout.on('data', collect('out'));
  child.stderr.on('data', collect('err'));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, ...written }));
  });
  const lookAll = () => {
    for (const listen of listeners) listen();
  };
  ended.then(lookAll, () => undefined);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  onTestFinished(async () => {
    if (!isOver()) child.kill('SIGKILL');
    await ended;
  });

  return {
    pid: child.pid as number,
    ended,
    written,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves when the output holds `text`; rejects with the output when the process has ended without it. */
    saying: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          const isSaid = written.out.includes(text) || written.err.includes(text);
          if (!isSaid && !isOver()) return;
          listeners.delete(look);
          if (isSaid) resolve();
          else reject(new Error(`It ended without saying "${text}": ${written.out}${written.err}`));
        };
        listeners.add(look);
        look();
      }),
  };
}

function preloaded(script: string | undefined): string[] {
  return script === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
}

export type Served = Awaited<ReturnType<typeof serve>>;
export type ServeOptions = SpawnOptions & { folder?: string; port?: number; mode?: 'serve' | 'dev'; argv?: string[] };

/** Starts a server over a folder and waits until it is ready. */
export async function serve(options: ServeOptions = {}) {
  const { folder = temporaryFolder(), mode = 'serve', argv = [], env } = options;
  const port = options.port ?? (await findFreePort());
  const issuer = `http://localhost:${port}`;
  const flags = ['--issuer', issuer, '--host', '127.0.0.1', '--port', String(port), '--data', folder, ...argv];
  const own: Record<string, string> =
    mode === 'serve' && !env?.POSTERN_SECRET_FILE ? { POSTERN_SECRET: goodSecret } : {};
  const spawned = spawnPostern([mode, ...flags], { ...options, env: { ...own, ...env } });
  await spawned.saying(mode === 'serve' ? '"msg":"ready"' : 'Start page');
  return { ...spawned, folder, port, issuer, file: join(folder, mode === 'serve' ? 'postern.db' : 'dev.db') };
}

/** Polls until `condition` holds; the test's time limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

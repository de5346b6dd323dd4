/** Section `start`: from spawn to the first 200 of discovery on an existing database, beside an empty Node server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRepository } from './child.ts';
import { posternArguments, posternScript, startPostern, whenReady } from './postern-target.ts';
import { type Options, type Result, table } from './section.ts';
import { median, spread } from './statistics.ts';
import { freePort } from './target.ts';

const spawns = 10;

type Start = { milliseconds: number; rssMebibytes: number };

/** Resident size from /proc; NaN where there is none (not Linux). */
function rssMebibytes(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib) / 1024;
  } catch {
    return Number.NaN;
  }
}

async function startOnce(script: string, parameters: string[], port: number): Promise<Start> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [inRepository(script), ...parameters], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    await whenReady(port);
    const milliseconds = performance.now() - startedAt;
    return { milliseconds, rssMebibytes: rssMebibytes(child.pid as number) };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

export async function runStart(options: Options): Promise<Result> {
  const directory = join(options.directory, 'start');
  const first = await startPostern('Postern', directory);
  await first.child.stop();
  const port = await freePort();
  const serve = posternArguments(directory, port);

  const postern: Start[] = [];
  const empty: Start[] = [];
  for (let round = -1; round < spawns; round += 1) {
    const floor = await startOnce('bench/empty-server.mjs', [String(port)], port);
    const started = await startOnce(posternScript, serve, port);
    if (round < 0) continue;
    empty.push(floor);
    postern.push(started);
  }

  const time = (starts: Start[]) => starts.map((start) => start.milliseconds);
  const size = (starts: Start[]) => starts.map((start) => start.rssMebibytes);
  const rows = [
    ['Postern', spread(time(postern)), spread(size(postern))],
    ['empty `node:http` server', spread(time(empty)), spread(size(empty))],
  ];
  const rules = `Median (min–max) of ${spawns} starts each, taking turns, with a warm compile cache.`;
  return {
    markdown: [table(['', 'spawn → first 200, ms', 'RSS at ready, MiB'], rows), '', rules].join('\n'),
    goals: [
      { what: 'spawn to first 200', measured: median(time(postern)), limit: 300, unit: 'ms' },
      { what: 'RSS at ready', measured: median(size(postern)), limit: 130, unit: 'MiB' },
    ],
    errors: 0,
  };
}

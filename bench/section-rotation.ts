/**
 * Section `rotation` (J04): ten rotations of the key of RS256 by a command beside the server, published first and then made
 * to sign, under a steady load. Apps keep the key set for less than the time between the two, and ask for none in between.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { openStore } from '../src/app/store.ts';
import { createApp } from '../src/app.ts';
import { loadConfig } from '../src/config/config.ts';
import { fillDirectory } from './directory.ts';
import { prepare } from './flows.ts';
import { posternArguments, startPosternAt } from './postern-target.ts';
import { type Options, type Result, table } from './section.ts';
import { quantile } from './statistics.ts';
import { createSteady, type Steady, type Timed } from './steady.ts';
import { freePort, type Target } from './target.ts';

const rotations = 10;
const requestsPerSecond = 100;
const clients = 500;
const refreshTokens = 40;
const calmWindows = 10;
/** How long an app keeps the key set, and how long a key is published before it signs. */
const keptMilliseconds = 1000;
const aheadMilliseconds = 2500;
const windowMilliseconds = 2000;
const by = { by: { type: 'operator' }, reason: 'bench' } as const;

/** What was measured between two moments: the longest block of the server's event loop, and the requests sent meanwhile. */
type Window = { from: number; to: number; block: number };
type Keys = Awaited<ReturnType<typeof createApp>>['keys'];

async function measured({ child }: Target, work: () => Promise<unknown>): Promise<Window> {
  const from = performance.now();
  await child.ask('longestBlock');
  await work();
  const { milliseconds } = (await child.ask('longestBlock')) as { milliseconds: number };
  return { from, to: performance.now(), block: milliseconds };
}

/** Each change of the keys with what follows it: the server takes it up within a second. */
async function rotate(target: Target, keys: Keys): Promise<Window[]> {
  const windows: Window[] = [];
  for (let round = 0; round < rotations; round += 1) {
    const change = async (work: () => Promise<unknown>) => {
      const following = measured(target, () => delay(windowMilliseconds));
      await work();
      windows.push(await following);
    };
    let next = '';
    await change(async () => {
      next = (await keys.rotate('RS256', by)).kid;
    });
    await delay(Math.max(0, aheadMilliseconds - windowMilliseconds));
    await change(() => keys.activate(next, by));
  }
  return windows;
}

const within = (timed: readonly Timed[], windows: readonly Window[]) =>
  timed
    .filter(({ at }) => windows.some(({ from, to }) => at >= from && at < to))
    .map(({ milliseconds }) => milliseconds);

async function measure(target: Target, keys: Keys, steady: Steady) {
  steady.start();
  await delay(windowMilliseconds);
  const calm: Window[] = [];
  while (calm.length < calmWindows) calm.push(await measured(target, () => delay(windowMilliseconds)));
  const rotating = await rotate(target, keys);
  await steady.stop();
  return { calm, rotating };
}

export async function runRotation({ directory, say }: Options): Promise<Result> {
  const port = await freePort();
  const settings = posternArguments(join(directory, 'rotation'), port);
  const file = settings.at(-1) as string;
  await fillDirectory(file, { accounts: 0, clients }, say);
  const target = await startPosternAt('Postern', port, settings);
  const config = await loadConfig({ mode: 'serve', argv: ['--config', file, '--log-level', 'silent'] });
  const beside = await createApp(config, { store: await openStore(config, { server: false }) });
  const cache = { cacheMaxAge: keptMilliseconds, cooldownDuration: 600_000 };
  const keySet = createRemoteJWKSet(new URL(`http://localhost:${port}/jwks`), cache);
  const kids = new Set<string | undefined>();
  const steady = createSteady(await prepare(target, refreshTokens), requestsPerSecond, async (token) => {
    kids.add((await jwtVerify(token, keySet, { issuer: config.issuer })).protectedHeader.kid);
  });
  const windows = await measure(target, beside.keys, steady);
  await beside.stop();
  await target.child.stop();
  if (kids.size !== rotations + 1) steady.failures.push(`${kids.size} keys have signed instead of ${rotations + 1}`);
  for (const failure of new Set(steady.failures)) say(`failed: ${failure}`);
  return resultOf(steady, windows);
}

function resultOf({ timed, failures }: Steady, { calm, rotating }: { calm: Window[]; rotating: Window[] }): Result {
  const row = (name: string, windows: Window[]) => {
    const times = within(timed, windows);
    const seconds = windows.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
    return [
      ...[name, (times.length / seconds).toFixed(0), quantile(times, 0.5).toFixed(1), quantile(times, 0.99).toFixed(1)],
      ...[Math.max(...times).toFixed(1), Math.max(...windows.map(({ block }) => block)).toFixed(1)],
    ];
  };
  const columns = ['', 'req/s', 'p50 ms', 'p99 ms', 'slowest request ms', 'longest block of the event loop ms'];
  const rules = `Code flow, userinfo, rotating refresh and JWT access tokens; every token is verified with a key set that is kept for ${keptMilliseconds / 1000} s. ${rotations} rotations by a command beside the server: the two seconds after each key was published, and after it began to sign. ${clients} clients, SQLite.`;
  const stall = Math.max(...rotating.map(({ block }) => block));
  const slowest = (windows: Window[]) => Math.max(...within(timed, windows));
  const delayed = Math.max(0, slowest(rotating) - slowest(calm));
  return {
    markdown: [table(columns, [row('calm', calm), row('around a rotation', rotating)]), '', rules].join('\n'),
    goals: [
      { what: 'J04: longest block of the event loop around a rotation', measured: stall, limit: 50, unit: 'ms' },
      { what: 'J04: slowest request there, beyond the slowest without', measured: delayed, limit: 50, unit: 'ms' },
      { what: 'J04: failed requests and verifications', measured: failures.length, limit: 0, unit: 'failed' },
    ],
    errors: failures.length,
  };
}

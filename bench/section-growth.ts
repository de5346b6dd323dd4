/**
 * Section `growth`: what a find, a durable insert and the purge cost in a records table of 10 k, 1 M and (with --large)
 * 5 M tokens. The sizes take turns, so that the disk's mood is shared.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../src/base/clock.ts';
import { type Goal, type Options, type Result, table } from './section.ts';
import { quantile } from './statistics.ts';
import {
  fileBytes,
  fill,
  mixedLife,
  openStore,
  type Store,
  tokenId,
  tokenModel,
  tokenPayload,
} from './stored-tokens.ts';

const turns = 5;
const findsPerTurn = 600;
const insertsPerTurn = 400;

type Size = {
  rows: number;
  file: string;
  bytesPerToken: number;
  store: Store;
  find: number[];
  insert: number[];
  purgeBlockedMilliseconds: number;
  purged: number;
};

/** The clock of the measured store: the system's, that can be put ahead so that tokens expire. */
let aheadMilliseconds = 0;
const clock = { now: () => systemClock.now() + aheadMilliseconds, sleep: systemClock.sleep };

async function build(rows: number, directory: string): Promise<Size> {
  const file = join(directory, `growth-${rows}.db`);
  const empty = await openStore(file);
  await empty.close();
  const emptyBytes = fileBytes(file);
  const filling = await openStore(file);
  await fill(filling, { from: 0, to: rows, lifeSeconds: mixedLife });
  await filling.close();
  const bytesPerToken = (fileBytes(file) - emptyBytes) / rows;
  const store = await openStore(file, clock);
  return { rows, file, bytesPerToken, store, find: [], insert: [], purgeBlockedMilliseconds: 0, purged: 0 };
}

/** Microseconds of `work`. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) * 1000;
}

/** Tokens spread evenly, none asked for twice, so that the room's cache has no part in it. */
async function findSome(size: Size, turn: number): Promise<void> {
  const total = turns * findsPerTurn;
  for (let index = 0; index < findsPerTurn; index += 1) {
    const number = (Math.floor(((turn * findsPerTurn + index) * size.rows) / total) * 7919) % size.rows;
    size.find.push(
      await timed(async () => {
        const found = await size.store.records.find(tokenModel(number), tokenId(number));
        if (!found) throw new Error(`token ${number} of ${size.rows} is not there`);
      }),
    );
  }
}

async function insertSome({ store, insert }: Size): Promise<void> {
  for (let index = 0; index < insertsPerTurn; index += 1) {
    const id = randomBytes(32).toString('base64url');
    const payload = tokenPayload(index, 600);
    insert.push(
      await timed(async () => {
        await store.records.upsert(tokenModel(index), id, payload, 3600);
        await store.db.flush();
      }),
    );
  }
}

async function purgeAll(size: Size): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  size.purged = await size.store.records.purge({ batch: 500 });
  delay.disable();
  size.purgeBlockedMilliseconds = delay.max / 1e6;
}

function row(size: Size): string[] {
  const times = (samples: number[]) => `${quantile(samples, 0.5).toFixed(1)} (${quantile(samples, 0.99).toFixed(0)})`;
  return [
    size.rows.toLocaleString('en'),
    times(size.find),
    times(size.insert),
    size.bytesPerToken.toFixed(0),
    size.purged.toLocaleString('en'),
    size.purgeBlockedMilliseconds.toFixed(1),
  ];
}

export async function runGrowth(options: Options): Promise<Result> {
  const sizes: Size[] = [];
  for (const rows of options.large ? [10_000, 1_000_000, 5_000_000] : [10_000, 1_000_000]) {
    options.say(`filling ${rows} rows`);
    sizes.push(await build(rows, options.directory));
  }
  for (let turn = 0; turn < turns; turn += 1) {
    for (const size of sizes) await findSome(size, turn);
    for (const size of sizes) await insertSome(size);
  }
  aheadMilliseconds = 180_000;
  for (const size of sizes) await purgeAll(size);
  for (const size of sizes) await size.store.close();

  const columns = [
    'tokens',
    'find µs',
    'durable insert µs',
    'bytes per token',
    'purged rows',
    'longest block by purge, ms',
  ];
  const rules = 'Through the records room: ids as HMAC, payloads sealed, FULL durability. Median (p99).';
  return { markdown: [table(columns, sizes.map(row)), '', rules].join('\n'), goals: goalsOf(sizes), errors: 0 };
}

function goalsOf([small, ...others]: Size[]): Goal[] {
  const ratio = (samples: number[], base: number[]) => quantile(samples, 0.5) / quantile(base, 0.5);
  return others.flatMap((size) => {
    const at = `at ${size.rows / 1e6} M tokens`;
    return [
      { what: `find ${at} against 10 k`, measured: ratio(size.find, small?.find ?? []), limit: 2, unit: '×' },
      {
        what: `durable insert ${at} against 10 k`,
        measured: ratio(size.insert, small?.insert ?? []),
        limit: 2,
        unit: '×',
      },
      { what: `bytes per stored token ${at}`, measured: size.bytesPerToken, limit: 700, unit: 'bytes' },
    ];
  });
}

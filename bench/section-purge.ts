/** Section `purge` (S8): a server purges 1 M expired records while requests run; none may be delayed by 100 ms. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Flow, flows, type Prepared, prepare } from './flows.ts';
import { load, type Sample, type Step } from './load.ts';
import { startPostern } from './postern-target.ts';
import { type Options, type Result, table } from './section.ts';
import { fill, openStore } from './stored-tokens.ts';

const rows = 1_000_000;
const connections = 4;
const chunkSeconds = 2;
const giveUpSeconds = 600;

/** Userinfo and rotating refreshes in turn. */
function mixedStep(prepared: Prepared): Step {
  const steps = ['userinfo', 'refresh, rotating'].map((name) =>
    (flows.find((flow) => flow.name === name) as Flow).step(prepared),
  );
  let turn = 0;
  return (send, worker) => {
    turn += 1;
    return (steps[turn % steps.length] as Step)(send, worker);
  };
}

type Period = { seconds: number; runs: number; errors: number; slowest: number; p99: number };

function add(period: Period, sample: Sample): void {
  period.seconds += chunkSeconds;
  period.runs += sample.runs;
  period.errors += sample.errors;
  period.slowest = Math.max(period.slowest, sample.slowest);
  period.p99 = Math.max(period.p99, sample.p99);
}

const nothing = (): Period => ({ seconds: 0, runs: 0, errors: 0, slowest: 0, p99: 0 });

export async function runPurge(options: Options): Promise<Result> {
  const directory = join(options.directory, 'purge');
  const quiet = await startPostern('Postern', directory, { purge: { intervalSeconds: 86_400 } });
  const calm = nothing();
  const step = mixedStep(await prepare(quiet, connections));
  for (let chunk = -1; chunk < 5; chunk += 1) {
    const sample = await load(quiet.port, step, { connections, seconds: chunkSeconds });
    if (chunk >= 0) add(calm, sample);
  }
  await quiet.child.stop();

  const file = join(directory, 'data', 'postern.db');
  options.say(`filling ${rows} expired rows`);
  const store = await openStore(file);
  await fill(store, { from: 0, to: rows, lifeSeconds: () => -3600 });
  await store.close();

  const purging = await underPurge(directory, file);
  const row = (name: string, period: Period) => [
    name,
    (period.runs / period.seconds).toFixed(0),
    period.p99.toFixed(1),
    period.slowest.toFixed(1),
    String(period.errors),
  ];
  const columns = ['', 'req/s', 'p99 ms (worst 2 s)', 'slowest request ms', 'errors'];
  const rules = `Userinfo and rotating refresh from ${connections} connections, before and while ${rows.toLocaleString('en')} expired rows are purged (${purging.seconds} s).`;
  return {
    markdown: [table(columns, [row('before', calm), row('while purging', purging)]), '', rules].join('\n'),
    goals: [
      { what: 'S8: slowest request while 1 M rows are purged', measured: purging.slowest, limit: 100, unit: 'ms' },
    ],
    errors: calm.errors + purging.errors,
  };
}

async function underPurge(directory: string, file: string): Promise<Period> {
  const target = await startPostern('Postern', directory, { purge: { intervalSeconds: 1 } });
  const watching = new Database(file, { readonly: true });
  const left = watching.prepare('SELECT 1 FROM records WHERE expires_at < ? LIMIT 1');
  const before = Date.now() - 600_000;
  const step = mixedStep(await prepare(target, connections));
  const period = nothing();
  while (left.get(before) !== undefined) {
    if (period.seconds > giveUpSeconds) throw new Error(`expired rows were still there after ${giveUpSeconds} s`);
    add(period, await load(target.port, step, { connections, seconds: chunkSeconds }));
  }
  watching.close();
  await target.child.stop();
  return period;
}

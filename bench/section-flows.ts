/** Section `flows`: Postern beside bare oidc-provider, alternating within each round, so that ratios are of one moment. */
import { join } from 'node:path';
import { type Flow, flows, type Prepared, prepare } from './flows.ts';
import { load, type Sample } from './load.ts';
import { startPostern } from './postern-target.ts';
import { profileFlow } from './profile.ts';
import { type Goal, type Options, type Result, table } from './section.ts';
import { median, spread } from './statistics.ts';
import { startBare, type Target } from './target.ts';

const postern = 'Postern';
const raw = 'bare, raw SQLite';
const memory = 'bare, memory';
const connectionCounts = [16, 1];

type Measured = Sample & { cpuPerRun: number };
/** Samples of one flow at one number of connections, by server, in the order of the rounds; `errors` of warm-ups too. */
type Rounds = { samples: Map<string, Measured[]>; errors: number };

async function measure(prepared: Prepared, flow: Flow, connections: number, seconds: number): Promise<Measured> {
  const { child, port } = prepared.target;
  const before = await child.usage();
  const sample = await load(port, flow.step(prepared), { connections, seconds });
  const after = await child.usage();
  return { ...sample, cpuPerRun: (after.cpuMicroseconds - before.cpuMicroseconds) / sample.runs };
}

async function compare(targets: Target[], flow: Flow, connections: number, options: Options): Promise<Rounds> {
  const rounds: Rounds = { samples: new Map(targets.map((target) => [target.name, []])), errors: 0 };
  for (let round = -1; round < options.rounds; round += 1) {
    // Every other round the other way about; the round before the first only warms up.
    const order = round % 2 === 0 ? targets : [...targets].reverse();
    for (const target of order) {
      const prepared = await prepare(target, connections);
      const measured = await measure(prepared, flow, connections, round < 0 ? options.seconds / 2 : options.seconds);
      if (round >= 0) rounds.samples.get(target.name)?.push(measured);
      rounds.errors += measured.errors;
      if (measured.firstProblem) options.say(`  ${target.name}: ${measured.firstProblem}`);
    }
  }
  return rounds;
}

/** Per round Postern divided by the yardstick. */
function ratios(rounds: Rounds, figure: (sample: Measured) => number, yardstick: string): number[] {
  const others = rounds.samples.get(yardstick) ?? [];
  return (rounds.samples.get(postern) ?? []).flatMap((sample, round) => {
    const other = others[round];
    return other === undefined ? [] : [figure(sample) / figure(other)];
  });
}

const cpu = (sample: Measured) => sample.cpuPerRun;
const rate = (sample: Measured) => sample.perSecond;

function row(flow: Flow, connections: number, rounds: Rounds): string[] {
  const of = (name: string, figure: (sample: Measured) => number, decimals = 0) =>
    spread((rounds.samples.get(name) ?? []).map(figure), decimals);
  const middle = (name: string, figure: (sample: Measured) => number, decimals = 1) =>
    median((rounds.samples.get(name) ?? []).map(figure)).toFixed(decimals);
  const latency = (name: string) => `${middle(name, (one) => one.p50)} / ${middle(name, (one) => one.p99)}`;
  return [
    `${flow.name}, ${connections}`,
    of(postern, rate),
    of(raw, rate),
    middle(memory, rate, 0),
    latency(postern),
    latency(raw),
    of(postern, cpu),
    of(raw, cpu),
    middle(memory, cpu, 0),
    `**${spread(ratios(rounds, cpu, raw), 2)}**`,
    spread(ratios(rounds, rate, raw), 2),
  ];
}

const columns = [
  'flow, connections',
  'Postern req/s',
  'bare req/s',
  'bare memory',
  'Postern p50 / p99 ms',
  'bare p50 / p99 ms',
  'Postern CPU µs',
  'bare CPU µs',
  'bare memory',
  'CPU ratio',
  'req/s ratio',
];

async function startAll(options: Options): Promise<Target[]> {
  return [
    await startPostern(postern, join(options.directory, 'flows')),
    await startBare(raw, join(options.directory, 'bare.db')),
    await startBare(memory),
  ];
}

async function memoryLine(targets: Target[]): Promise<string> {
  const sizes = await Promise.all(
    targets.map(async (target) => `${target.name} ${((await target.child.usage()).rssBytes / 2 ** 20).toFixed(0)}`),
  );
  return `RSS in MiB after all of it: ${sizes.join(', ')}.`;
}

export async function runFlows(options: Options): Promise<Result> {
  const targets = await startAll(options);
  await requireSameTokens(targets);
  const rows: string[][] = [];
  const goals: Goal[] = [];
  let errors = 0;
  const chosen = flows.filter((flow) => !options.profile || flow.name === options.profile);
  if (options.profile) {
    for (const flow of chosen) options.say(await profileFlow(targets[0] as Target, flow, options));
  } else {
    for (const connections of connectionCounts) {
      for (const flow of chosen) {
        const rounds = await compare(targets, flow, connections, options);
        errors += rounds.errors;
        rows.push(row(flow, connections, rounds));
        options.say(rows.at(-1)?.join(' · ') ?? '');
        const measured = median(ratios(rounds, cpu, raw));
        if (flow.goal && connections === 16) {
          goals.push({ what: `CPU of ${flow.name} against bare on raw SQLite`, measured, limit: flow.goal, unit: '×' });
        }
      }
    }
  }
  const memoryUsed = await memoryLine(targets);
  for (const target of targets) await target.child.stop();
  const rules = `Median (min–max) of ${options.rounds} rounds of ${options.seconds} s, taking turns; CPU is the server's, all threads, per run of the flow; ${errors} errors.`;
  return { markdown: [table(columns, rows), '', rules, memoryUsed].join('\n'), goals, errors };
}

/** A comparison is worth something only when both do the same work: same members in the token answer, same lifetimes. */
async function requireSameTokens(targets: Target[]): Promise<void> {
  const shapes = await Promise.all(
    targets.map(async (target) => {
      const { sample } = await prepare(target, 1);
      const claims = sample.id_token?.split('.')[1] ?? '';
      const idToken = Object.keys(JSON.parse(Buffer.from(claims, 'base64url').toString())).sort();
      return JSON.stringify({ members: Object.keys(sample).sort(), scope: sample.scope, idToken });
    }),
  );
  const [expected] = shapes;
  targets.forEach((target, index) => {
    if (shapes[index] !== expected) {
      throw new Error(`${target.name} answers differently:\n${expected}\n${shapes[index]}`);
    }
  });
}

/**
 * Section `logout`: 10,000 notices to 10 apps while tokens are asked for, beside the same without notices, taking turns; and
 * how long a person waits for the answer to a sign-out when ten apps are dead.
 */
import { join } from 'node:path';
import { createVisitor, signIn, type Visitor } from '../src/testing/sign-in.ts';
import * as cast from './cast.ts';
import { type Child, startChild } from './child.ts';
import { type Flow, flows, prepare } from './flows.ts';
import { load, type Sample, type Step } from './load.ts';
import { enqueueNotices } from './notices.ts';
import { startPostern } from './postern-target.ts';
import { type Options, type Result, table } from './section.ts';
import { median, quantile, spread } from './statistics.ts';
import type { Target } from './target.ts';

const receivers = 10;
const notices = 10_000;
const connections = 4;
const chunkSeconds = 0.5;
const giveUpSeconds = 300;
const signOutsPerRound = 10;
const asked = ['client credentials, opaque', 'refresh, rotating'] as const;

type Apps = { child: Child; ports: number[]; dead: number };

async function startApps(): Promise<Apps> {
  const child = startChild('bench/receivers.ts', [String(receivers)]);
  const { ports, dead } = (await child.next('ready')) as unknown as Omit<Apps, 'child'>;
  return { child, ports, dead };
}

const idsOf = (kind: 'alive' | 'dead'): string[] => Array.from({ length: receivers }, (_, at) => `${kind}-${at}`);

/** Apps that people sign in to without being asked whether they allow it. */
function clientsFor({ ports, dead }: Apps) {
  const client = (id: string, port: number) => ({
    ...{ id, secret: cast.secret, redirectUris: [cast.callback], access: 'everybody', firstParty: true },
    backchannelLogoutUri: `http://127.0.0.1:${port}/backchannel-logout`,
  });
  return [
    ...idsOf('alive').map((id, at) => client(id, ports[at] as number)),
    ...idsOf('dead').map((id) => client(id, dead)),
  ];
}

type Count = { confirmed: number; firstAt: number; lastAt: number };
const countOf = ({ child }: Apps) => child.ask('count') as unknown as Promise<Count>;

type FanOut = { samples: Sample[]; perSecond: number; cpuMicroseconds: number };

/** All notices become due at one moment; load runs from then until the last one is confirmed. */
async function fanOut(target: Target, file: string, apps: Apps, step: Step): Promise<FanOut> {
  const dueAt = Date.now() + 3000;
  await enqueueNotices(file, { clientIds: idsOf('alive'), count: notices, dueAt });
  await new Promise((resolve) => setTimeout(resolve, dueAt - Date.now()));
  await countOf(apps);
  const before = await target.child.usage();
  const samples: Sample[] = [];
  const sum = { confirmed: 0, firstAt: 0, lastAt: 0 };
  while (sum.confirmed < notices) {
    if (samples.length * chunkSeconds > giveUpSeconds) throw new Error(`${sum.confirmed} of ${notices} were confirmed`);
    samples.push(await load(target.port, step, { connections, seconds: chunkSeconds }));
    const { confirmed, firstAt, lastAt } = await countOf(apps);
    sum.confirmed += confirmed;
    sum.firstAt ||= firstAt;
    sum.lastAt = lastAt || sum.lastAt;
  }
  const { cpuMicroseconds } = await target.child.usage();
  const seconds = (sum.lastAt - sum.firstAt) / 1000;
  return { samples, perSecond: notices / seconds, cpuMicroseconds: cpuMicroseconds - before.cpuMicroseconds };
}

async function calm(target: Target, step: Step, chunks: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let chunk = 0; chunk < chunks; chunk += 1)
    samples.push(await load(target.port, step, { connections, seconds: chunkSeconds }));
  return samples;
}

/** Milliseconds from the "yes" of a person who used these apps to the answer. */
async function signOutOnce(target: Target, visitor: Visitor, clientIds: readonly string[]): Promise<number> {
  const issuer = `http://localhost:${target.port}`;
  const { username, password } = cast.person;
  for (const id of clientIds) {
    const parameters = {
      ...{ client_id: id, redirect_uri: cast.callback, response_type: 'code', scope: 'openid', state: 'x' },
      ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
    };
    const back = await signIn(visitor, `${issuer}/authorize?${new URLSearchParams(parameters)}`, {
      username,
      password,
    });
    if (!back.searchParams.has('code')) throw new Error(`no code from ${back.href}`);
  }
  const page = await visitor.open('/logout');
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const body = new URLSearchParams({ xsrf, logout: 'yes' });
  const headers = { origin: issuer, 'sec-fetch-site': 'same-origin' };
  const startedAt = performance.now();
  const { status } = await visitor.request('/logout/confirm', { method: 'POST', body, headers });
  const took = performance.now() - startedAt;
  if (status >= 400) throw new Error(`the sign-out was answered with ${status}`);
  return took;
}

const kinds = {
  'no app to be told': [cast.webClient],
  'ten apps that confirm': idsOf('alive'),
  'ten dead apps': idsOf('dead'),
};
type Waits = Record<keyof typeof kinds, number[]>;

async function measureSignOut(target: Target, rounds: number): Promise<Waits> {
  const waits: Waits = { 'no app to be told': [], 'ten apps that confirm': [], 'ten dead apps': [] };
  for (let turn = -1; turn < rounds * signOutsPerRound; turn += 1) {
    for (const [kind, clientIds] of Object.entries(kinds)) {
      const took = await signOutOnce(target, createVisitor(`http://localhost:${target.port}`), clientIds);
      if (turn >= 0) waits[kind as keyof Waits].push(took);
    }
  }
  return waits;
}

type Beside = { flow: string; calm: Sample[]; busy: FanOut[] };

async function measureFanOut(target: Target, file: string, apps: Apps, { rounds, say }: Options): Promise<Beside[]> {
  const measured: Beside[] = asked.map((flow) => ({ flow, calm: [], busy: [] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { flow, calm: quiet, busy } of measured) {
      const prepared = await prepare(target, connections);
      const step = (flows.find(({ name }) => name === flow) as Flow).step(prepared);
      const fan = await fanOut(target, file, apps, step);
      say(`${flow}: ${fan.perSecond.toFixed(0)} notices/s`);
      busy.push(fan);
      quiet.push(...(await calm(target, step, fan.samples.length)));
    }
  }
  return measured;
}

export async function runLogout(options: Options): Promise<Result> {
  const directory = join(options.directory, 'logout');
  const apps = await startApps();
  const target = await startPostern('Postern', directory, {
    outbound: { allow: ['127.0.0.1'] },
    throttle: { authorize: { limit: 1_000_000 } },
    clients: clientsFor(apps),
  });
  const file = join(directory, 'data', 'postern.db');
  try {
    const beside = await measureFanOut(target, file, apps, options);
    const waits = await measureSignOut(target, options.rounds);
    return report(beside, waits);
  } finally {
    await target.child.stop();
    await apps.child.stop();
  }
}

function report(beside: Beside[], waits: Waits): Result {
  const p99 = (samples: Sample[]) => samples.map((sample) => sample.p99);
  const perSecond = (samples: Sample[]) => samples.map((sample) => sample.perSecond);
  const rows = beside.flatMap(({ flow, calm: quiet, busy }) => {
    const samples = busy.flatMap((fan) => fan.samples);
    const microseconds = median(busy.map((fan) => fan.cpuMicroseconds)) / notices;
    return [
      [`${flow}, alone`, '–', spread(perSecond(quiet)), spread(p99(quiet), 1), '–'],
      [
        `${flow}, beside the notices`,
        spread(busy.map((fan) => fan.perSecond)),
        spread(perSecond(samples)),
        spread(p99(samples), 1),
        microseconds.toFixed(0),
      ],
    ];
  });
  const columns = ['', 'notices/s', 'token req/s', 'token p99 ms', 'CPU µs per notice, with the token requests'];
  const waited = Object.entries(waits).map(([kind, samples]) => [
    kind,
    spread(samples, 1),
    quantile(samples, 0.99).toFixed(1),
  ]);
  const rules = `${notices.toLocaleString('en')} notices to ${receivers} apps in another process, all due at one moment, and ${connections} connections that ask for tokens meanwhile; p99 of each ${chunkSeconds} s. Median (min–max).`;
  const errors = beside.flatMap(({ calm: quiet, busy }) => [...quiet, ...busy.flatMap((fan) => fan.samples)]);
  return {
    markdown: [
      ...[table(columns, rows), '', rules, ''],
      table(['signing out of', 'ms to the answer', 'p99 ms'], waited),
    ].join('\n'),
    goals: [
      {
        what: 'p99 of the answer to a sign-out with ten dead apps',
        measured: quantile(waits['ten dead apps'], 0.99),
        ...{ limit: 50, unit: 'ms' },
      },
    ],
    errors: errors.reduce((sum, sample) => sum + sample.errors, 0),
  };
}

/**
 * Section `timing`: whether the time of an answer tells a known user from an unknown one (sign-in) or a known client
 * from an unknown one (token endpoint). The two kinds of request take turns on one connection.
 */
import { join } from 'node:path';
import { createBrowser, type Page } from './browser.ts';
import * as cast from './cast.ts';
import { authorizationPath, startPostern } from './postern-target.ts';
import { type Options, type Result, table } from './section.ts';
import { median, quantile, welch } from './statistics.ts';
import type { Target } from './target.ts';
import { connect, request } from './wire.ts';

const tries = 500;

/** Throttles count as in `serve`, since counting takes time too, but never refuse. */
const many = { limit: 1_000_000 };
const throttle = {
  accountAndAddress: many,
  account: { ...many, lockAfter: many.limit },
  device: many,
  address: many,
  accountsPerAddress: many,
  global: many,
  clientSecret: many,
  authorize: many,
};
const warmUps = 20;

type Pair = { known: number[]; unknown: number[]; errors: number };
/** Sends one request of the kind; true when the answer was the expected refusal. */
type Attempt = (known: boolean) => Promise<boolean>;

async function takeTurns(attempt: Attempt): Promise<Pair> {
  const pair: Pair = { known: [], unknown: [], errors: 0 };
  for (let round = -warmUps; round < tries; round += 1) {
    const order = round % 2 === 0 ? [true, false] : [false, true];
    for (const known of order) {
      const startedAt = performance.now();
      const refused = await attempt(known);
      const elapsed = performance.now() - startedAt;
      if (!refused) pair.errors += 1;
      else if (round >= 0) (known ? pair.known : pair.unknown).push(elapsed);
    }
  }
  return pair;
}

/** Wrong passwords on the sign-in page of one interaction. */
async function wrongPasswords(target: Target): Promise<Pair> {
  const browser = createBrowser(target.port, target.host);
  let page: Page = await browser.open(authorizationPath);
  const pair = await takeTurns(async (known) => {
    const username = known ? cast.person.username : 'nobody';
    page = await browser.submit(page, 'username', { username, password: 'not the right one at all' });
    return page.html.includes('id="signin-error"');
  });
  browser.close();
  return pair;
}

/** Wrong secrets at the token endpoint. */
async function wrongSecrets(target: Target): Promise<Pair> {
  const connection = connect(target.port);
  const wrong = `${cast.secret.slice(0, -1)}x`;
  const texts = [cast.machineClient, 'no-such-client'].map((id) => {
    const authorization = `Basic ${Buffer.from(`${id}:${wrong}`).toString('base64')}`;
    return request(target.host, 'POST', '/token', { authorization }, { grant_type: 'client_credentials' });
  });
  const pair = await takeTurns(async (known) => {
    const reply = await connection.send((known ? texts[0] : texts[1]) as string);
    return reply.status === 401;
  });
  connection.close();
  return pair;
}

function row(name: string, pair: Pair): string[] {
  const ms = (value: number) => value.toFixed(3);
  const times = (samples: number[]) =>
    `${ms(median(samples))} (${ms(quantile(samples, 0.1))}–${ms(quantile(samples, 0.9))})`;
  const apart = Math.abs(median(pair.known) - median(pair.unknown));
  return [name, times(pair.known), times(pair.unknown), ms(apart), welch(pair.known, pair.unknown).toFixed(3)];
}

export async function runTiming(options: Options): Promise<Result> {
  const target = await startPostern('Postern', join(options.directory, 'timing'), { throttle });
  const passwords = await wrongPasswords(target);
  const secrets = await wrongSecrets(target);
  await target.child.stop();
  const columns = ['wrong …', 'known ms', 'unknown ms', 'medians apart ms', 'p (Welch)'];
  const rows = [row('password (E08)', passwords), row('client secret (B10)', secrets)];
  const apart = (pair: Pair) => Math.abs(median(pair.known) - median(pair.unknown));
  const rules = `${tries} tries each, taking turns, one connection, throttles counting but never refusing; median (10 %–90 %).`;
  return {
    markdown: [table(columns, rows), '', rules].join('\n'),
    goals: [
      { what: 'E08: medians apart, known and unknown user', measured: apart(passwords), limit: 5, unit: 'ms' },
      {
        what: 'B10: medians apart, known and unknown client, of the median',
        measured: (apart(secrets) / median(secrets.known)) * 100,
        limit: 5,
        unit: '%',
      },
    ],
    errors: passwords.errors + secrets.errors,
  };
}

/** Requests made of junk, and what every answer to them must be. Seeded: FUZZ_SEED plays another run, FUZZ_MILLISECONDS longer. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Db } from '../../../src/db/db.ts';
import { models } from '../../../src/domain/records/model.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { redirectUris, type World } from '../../support/world.ts';

export type Shot = { method: string; path: string; headers?: Record<string, string>; body?: string };
export type Hit = { status: number; headers: Headers; text: string; milliseconds: number };

const seed = Number(process.env.FUZZ_SEED ?? 20_261_120);
/** Each property stops after this time, wherever it is. */
const milliseconds = Number(process.env.FUZZ_MILLISECONDS ?? 1000);
const longestMilliseconds = 2000;
/** Inside every piece of junk; where it comes back as HTML, it must come back escaped. */
const canary = `<zq x="1" y='2'>`;

/** Plays a property; the seed and the path of a failure are in its message. */
export function play<Value>(arbitrary: fc.Arbitrary<Value>, check: (value: Value) => Promise<void>): Promise<void> {
  const options = { seed, numRuns: 1_000_000, interruptAfterTimeLimit: milliseconds };
  return fc.assert(fc.asyncProperty(arbitrary, check), options);
}

/** Fires at a world, over connections of its own, and judges the answer. */
export function createRange(world: World) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const { port } = world.postern;
  const secrets = Object.values(world.secrets);
  const places = [world.issuer, ...Object.values(redirectUris).map((uri) => new URL(uri).origin)];

  return {
    async fire(shot: Shot): Promise<Hit> {
      const hit = await send(agent, port, shot);
      expect(hit.milliseconds).toBeLessThan(longestMilliseconds);
      expectHarmless(hit, secrets);
      expectEscaped(hit);
      expectNoForeignPlace(hit, places);
      return hit;
    },
    close: () => agent.destroy(),
  };
}

function expectEscaped({ headers, text }: Hit): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  if (/html|xml|svg/.test(headers.get('content-type') ?? '')) expect(text).not.toContain('<zq');
}

function expectNoForeignPlace({ headers }: Hit, places: string[]): void {
  const location = headers.get('location');
  if (location === null) return;
  expect(location).toMatch(/^[\x21-\x7e]+$/);
  expect(places).toContain(new URL(location, places[0]).origin.replace(/^(http:\/\/127\.0\.0\.1):\d+$/, '$1'));
}

function send(agent: Agent, port: number, { method, path, headers = {}, body }: Shot): Promise<Hit> {
  const began = performance.now();
  const all = { host: `localhost:${port}`, accept: 'text/html', ...headers };
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const options = { agent, host: '127.0.0.1', port, method, path, headers: { ...all, ...length } };
    const sent = request({ ...options, timeout: longestMilliseconds }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode: status = 0 } = response;
        resolve({ status, headers: toHeaders(response.headers), text, milliseconds: performance.now() - began });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${longestMilliseconds} ms: ${method} ${path}`)));
    sent.on('error', reject).end(body);
  });
}

function toHeaders(raw: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) headers.set(name, [value].flat().join(', '));
  return headers;
}

/** What nobody may have changed who did not prove who they are: clients, accounts, and anything that grants access. */
export async function protectedState(db: Db): Promise<Record<string, unknown>> {
  const granting = (['Grant', 'AccessToken', 'AuthorizationCode', 'RefreshToken', 'ClientCredentials'] as const).map(
    (model) => models[model],
  );
  const count = async (sql: string) => Number((await db.get<{ count: number }>(sql))?.count);
  return {
    clients: await db.all('SELECT * FROM clients ORDER BY id'),
    accounts: await db.all('SELECT * FROM accounts ORDER BY id'),
    granted: await count(`SELECT COUNT(*) AS count FROM records WHERE model IN (${granting.join(', ')})`),
    signedIn: await count('SELECT COUNT(*) AS count FROM records WHERE account_id IS NOT NULL'),
    revoked: await count('SELECT COUNT(*) AS count FROM revoked_grants'),
  };
}

const oddities = [
  ...['', ' ', '0', '-1', '1e999', 'null', 'undefined', 'true', '[object Object]', '__proto__', 'constructor'],
  ...['\0', 'a\0b', 'a\r\nX-Injected: 1', '\u2028', '\ufeff', '\ud800', '..%2f..%2f', '%', '%zz', '%00', '%c0%af'],
  ...['javascript:alert(1)', '//evil.example', 'https://evil.example/cb', 'http://[::1', 'urn:x', '{}', '[]', '{"a":'],
  ...[
    '{"id_token":{"acr":null}}',
    '{"__proto__":{"x":1}}',
    '['.repeat(500),
    'e30.e30.',
    'e30.e30.e30',
    '\u00e9\u{1f600}',
  ],
];

export const junk: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...oddities),
  fc.string({ maxLength: 40 }).map((text) => `${canary}${text}`),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.integer({ min: 1, max: 1500 }).map((length) => 'a'.repeat(length)),
  fc.json({ maxDepth: 3 }).map((text) => text.slice(0, 500)),
);

/** Ways to write a value into a query or a form, right and wrong; printable ASCII without spaces comes out. */
const encodings: ((text: string) => string)[] = [
  encode,
  (text) => encode(text).toLowerCase(),
  (text) => encode(encode(text)),
  (text) => encode(text).replaceAll('%20', '+'),
  (text) => text.replace(/[^\x21-\x7e]|#/g, ''),
  (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
];

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/**
 * A query or form of the named parameters: the right ones, some of them spoilt, then junk under known names, doubled or
 * not. `right` is what would be accepted.
 */
export function parameters(names: readonly string[], right: Record<string, string>): fc.Arbitrary<string> {
  const encoded = fc.tuple(junk, fc.constantFrom(...encodings)).map(([value, write]) => write(value));
  const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: encoded });
  const fitting = fc.constantFrom(...Object.values(right).map(encode), ...Object.keys(right));
  const pair = fc.tuple(name, fc.oneof({ weight: 2, arbitrary: encoded }, { weight: 1, arbitrary: fitting }));
  const kept = fc.tuple(
    ...Object.entries(right).map(([key, value]) =>
      fc.oneof(
        { weight: 12, arbitrary: fc.constant([`${key}=${encode(value)}`]) },
        { weight: 1, arbitrary: encoded.map((bad) => [`${key}=${bad}`]) },
        { weight: 1, arbitrary: fc.constant<string[]>([]) },
      ),
    ),
  );
  const written = pair.map(([key, value]) => `${key}=${value}`);
  const extra = fc.oneof(fc.constant<string[]>([]), fc.array(written, { maxLength: 6, size: 'max' }));
  const mostly = fc.tuple(kept, extra).map(([own, more]) => [...own.flat(), ...more].join('&'));
  const wild = fc.array(written, { maxLength: 40, size: 'max' });
  const short = (text: string) => text.slice(0, 12_000);
  return fc
    .oneof({ weight: 3, arbitrary: mostly }, { weight: 1, arbitrary: wild.map((all) => all.join('&')) })
    .map(short);
}

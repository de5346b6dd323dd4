import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { basic, endpointsOf, post } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

const perMinute = 5;
let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({
    strictClients: true,
    throttle: { enabled: true, clientSecret: { limit: perMinute, windowSeconds: 60 } },
    http: { trustProxy: ['127.0.0.1'] },
  });
  at = endpointsOf(world);
});
let tests = 0;
let guesser = '';
beforeEach(() => {
  // Nobody has guessed from there yet.
  guesser = `198.51.100.${++tests}`;
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world?.stop());

/** A request of a client that says it comes from `ip`. */
const from = (ip: string, id: string, secret: string, path = '/token') =>
  post(
    `${world.issuer}${path}`,
    { grant_type: 'client_credentials', token: 'a-token-of-nobody' },
    { ...basic(id, secret), 'x-forwarded-for': ip },
  );

describe('guessing client secrets', () => {
  it('B17 ends after the limit with 429 and Retry-After, also for the right secret, from that address alone', async () => {
    const { app } = world.secrets;
    for (let guess = 0; guess < perMinute; guess++) {
      expect((await from(guesser, 'app', `wrong-${guess}`)).status).toBe(401);
    }
    for (const secret of ['wrong-again', app]) {
      const answer = await from(guesser, 'app', secret);
      expect(answer).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable' } });
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
    }
    expect((await from('203.0.113.9', 'app', app)).status).toBe(200);
    expect((await from(guesser, 'app2', world.secrets.app2)).status).toBe(200);
    vi.setSystemTime(Date.now() + 61_000);
    expect((await from(guesser, 'app', app)).status).toBe(200);
  });

  it('B17 counts the guesses at all endpoints together', async () => {
    const paths = ['/introspect', '/revoke', '/par', '/device/code', '/token'];
    for (const path of paths) expect((await from(guesser, 'app', 'wrong', path)).status).toBe(401);
    expect((await from(guesser, 'app', 'wrong')).status).toBe(429);
    for (const path of paths) expect((await from(guesser, 'app', world.secrets.app, path)).status).toBe(429);
  });

  it('B17 lets no more through when the guesses come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => from(guesser, 'app', 'wrong')));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(perMinute);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30 - perMinute);
  });

  it('B17 tells no more about a client that does not exist', async () => {
    const statusesOf = async (id: string) => {
      const statuses: number[] = [];
      for (let guess = 0; guess < perMinute + 2; guess++) statuses.push((await from(guesser, id, 'wrong')).status);
      expect(statuses).toContain(429);
      return statuses;
    };
    expect(await statusesOf('nobody')).toEqual(await statusesOf('app'));
  });

  it('B17 B10 an address that makes up ids is throttled as a whole, and its ids are not stored', async () => {
    const buckets = () => world.postern.db.all<{ key: string }>('SELECT key FROM throttle_buckets');
    const before = (await buckets()).length;
    const statuses: number[] = [];
    for (let guess = 0; guess < perMinute * 12; guess++) {
      statuses.push((await from(guesser, `made-up-${guess}`, 'wrong')).status);
    }
    expect(statuses.indexOf(429)).toBe(perMinute * 10);
    const stored = await buckets();
    // One for each id, one for the address, and one for its refusals in the log.
    expect(stored.length - before).toBeLessThanOrEqual(perMinute * 10 + 2);
    expect(JSON.stringify(stored)).not.toContain('made-up');
    // A client that exists is told the same from there, and nothing of it from elsewhere.
    expect((await from(guesser, 'app', 'wrong')).status).toBe(429);
    expect((await from(guesser, 'app', world.secrets.app)).status).toBe(429);
    expect((await from('203.0.113.10', 'app', world.secrets.app)).status).toBe(200);
  });

  it('B17 right secrets are never counted', async () => {
    for (let request = 0; request < perMinute * 3; request++) {
      expect((await from(guesser, 'app', world.secrets.app)).status).toBe(200);
    }
  });
});

describe('guessing code verifiers', () => {
  it.each(['app', 'spa'] as const)('B06 %s is throttled after the limit', async (client) => {
    const form = world.codeForm(client, await at.code(client));
    for (let guess = 0; guess < perMinute; guess++) {
      const answer = await at.token(client, { ...form, code_verifier: `${guess}`.repeat(43) });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
    // One more is the one too many; from then on the right one is refused too.
    await at.token(client, { ...form, code_verifier: 'x'.repeat(43) });
    const answer = await at.token(client, form);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

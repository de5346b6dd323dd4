/** Two server processes over one database, and commands beside them: the database says which keys there are. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Algorithm, Rotated } from '../../../src/domain/keys/keys.ts';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { createDevApp } from '../../support/dev-app.ts';
import { type KeySet, kidsOf } from '../../support/key-set.ts';
import { cookieHeader } from '../../support/silent.ts';
import { spawnNode, until } from '../../support/spawned.ts';
import { startTwoServers, type TwoServers } from '../../support/two-servers.ts';

const rotating = fileURLToPath(new URL('../../support/rotating.ts', import.meta.url));
const by = { by: { type: 'operator' }, reason: 'a test' } as const;
const kinds = ['sqlite', 'postgresql'] as const;
const both = [0, 1] as const;
const followMilliseconds = 5000;

const keySetOf = async (servers: TwoServers, which: 0 | 1): Promise<KeySet> =>
  JSON.parse((await servers.ask(which, '/jwks')).text);

/** The key that signs there, by the header of a JWT access token that the server issues to the sample client. */
async function signerOf(servers: TwoServers, which: 0 | 1, algorithm: Algorithm = 'RS256'): Promise<string> {
  const authorization = `Basic ${Buffer.from('demo:demo-secret').toString('base64')}`;
  const form = { grant_type: 'client_credentials', resource: `urn:${algorithm}`, scope: 'read' };
  const { status, text } = await servers.ask(which, '/token', { headers: { authorization }, form });
  if (status !== 200) throw new Error(`no token from ${which}: ${status} ${text}`);
  const [header = ''] = (JSON.parse(text) as { access_token: string }).access_token.split('.');
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid;
}

/** A key of RS256 signs as soon as it is there, one of ES256 is published first. */
const settings = {
  keys: { publishAheadSeconds: 0, overrides: [{ algorithm: 'ES256' as const, publishAheadSeconds: 2 }] },
  resources: (['RS256', 'ES256'] as const).map((algorithm) => ({
    ...{ identifier: `urn:${algorithm}`, scopes: ['read'], format: 'jwt' as const, algorithm },
  })),
};

/** Polls both; fails when they have not both got there in the time that is allowed. */
async function untilBoth(condition: (which: 0 | 1) => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(both.map((which) => until(() => condition(which))));
  const milliseconds = performance.now() - startedAt;
  expect(milliseconds).toBeLessThan(followMilliseconds);
  return milliseconds;
}

describe.each(kinds)('two server processes on %s', (kind) => {
  let servers: TwoServers;
  beforeAll(async () => {
    servers = await startTwoServers(kind, settings);
  });
  afterAll(() => servers?.stop());

  it('J06 both switch within 5 seconds after each rotation, and never is there more than one active key', async () => {
    for (let round = 0; round < 3; round++) {
      const { kid } = await servers.app.keys.rotate('RS256', by);
      await untilBoth(async (which) => (await signerOf(servers, which)) === kid);
      for (const which of both) expect(kidsOf(await keySetOf(servers, which))[0]).toBe(kid);
      const active = (await servers.app.keys.list()).filter(({ state }) => state === 'active');
      expect(active.map(({ algorithm }) => algorithm)).toEqual(['RS256', 'PS256', 'ES256', 'EdDSA']);
    }
  }, 60_000);

  it('J05 J06 a revoked key leaves both key sets within 5 seconds and signs nowhere', async () => {
    const kid = await signerOf(servers, 0);
    const { successor } = await servers.app.keys.revoke(kid, by);
    await untilBoth(async (which) => !kidsOf(await keySetOf(servers, which)).includes(kid));
    for (const which of both) expect(await signerOf(servers, which)).toBe(successor);
  });

  it('J06 what one server signs the other vouches for, whichever keys there were in between', async () => {
    const app = createDevApp(servers.issuer);
    const { body } = await app.signIn();
    await servers.app.keys.rotate('RS256', by);
    const headers = { authorization: `Bearer ${body.access_token}` };
    for (const which of both) expect((await servers.ask(which, '/userinfo', { headers })).status).toBe(200);
    const refreshed = await app.refresh(body.refresh_token);
    expect(refreshed.status).toBe(200);
  });

  const statesOf = async (algorithm: Algorithm) =>
    (await servers.app.keys.list()).filter((key) => key.algorithm === algorithm).map(({ state }) => state);

  it('J06 a hundred who ask at once from three processes get one new key; both servers publish it, then sign with it', async () => {
    const { argv, env } = servers.third;
    const others = Array.from({ length: 2 }, () => spawnNode([rotating, 'ES256', '33', ...argv], { env }));
    await Promise.all(others.map((other) => other.saying('ready')));
    const before = await signerOf(servers, 0, 'ES256');
    for (const other of others) other.kill('SIGUSR2');
    const own = Array.from({ length: 34 }, () => servers.app.keys.rotate('ES256', by));
    const ended = await Promise.all(others.map((other) => other.ended));
    expect(ended.map(({ status, err }) => ({ status, err }))).toEqual(others.map(() => ({ status: 0, err: '' })));
    const answers = [...(await Promise.all(own)), ...ended.flatMap(({ out }) => JSON.parse(out.split('\n')[1] ?? ''))];
    expect(answers).toHaveLength(100);
    expect((answers as Rotated[]).filter(({ isNew }) => isNew)).toHaveLength(1);
    const [kid = '', ...more] = new Set((answers as Rotated[]).map((answer) => answer.kid));
    expect(more).toEqual([]);

    // The servers' own job makes it sign, one of them for both; nobody in this process does.
    await until(async () => (await statesOf('ES256')).includes('retiring'));
    await untilBoth(async (which) => (await signerOf(servers, which, 'ES256')) === kid);
    expect(await statesOf('ES256')).toEqual(['active', 'retiring']);
    for (const which of both) expect(kidsOf(await keySetOf(servers, which))).toContain(before);
  }, 60_000);

  it('D05 a new key of cookies signs nobody out at either server, before it signs and after', async () => {
    const visitor = createVisitor(servers.issuer);
    const asked = {
      ...{ client_id: 'cookies', redirect_uri: 'http://localhost:9/callback', response_type: 'code', scope: 'openid' },
      ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
    };
    await signIn(visitor, `${servers.issuer}/authorize?${new URLSearchParams(asked)}`, {
      ...{ username: 'alice', password: 'alice' },
    });
    const path = `/authorize?${new URLSearchParams({ ...asked, prompt: 'none' })}`;
    const before = cookieHeader(visitor, '/authorize');

    /** What that server says to whoever has these cookies, and the cookie of the session as it signs it. */
    async function silentlyAt(which: 0 | 1, cookie: string) {
      const { headers } = await servers.ask(which, path, { headers: { cookie } });
      const set = [headers['set-cookie'] ?? []].flat().map((line) => line.split(';', 1)[0] ?? '');
      const signature = set.find((pair) => pair.includes('.sig=') && before.includes(pair.split('=', 1)[0] ?? ''));
      return { isSignedIn: String(headers.location).includes('code='), signature };
    }
    const [old] = await Promise.all(both.map((which) => silentlyAt(which, before)));
    await servers.app.dataKeys.cookies.rotate(by);
    let renewed = before;
    await until(async () => {
      for (const which of both) {
        const { isSignedIn, signature = '' } = await silentlyAt(which, before);
        expect(isSignedIn).toBe(true);
        if (signature !== old?.signature) renewed = before.replace(old?.signature ?? '?', signature);
      }
      return renewed !== before;
    });
    // Whichever of them has signed it, both take it, and what the old key has signed too.
    for (const which of both) {
      for (const cookie of [renewed, before]) expect((await silentlyAt(which, cookie)).isSignedIn).toBe(true);
    }
  }, 60_000);
});

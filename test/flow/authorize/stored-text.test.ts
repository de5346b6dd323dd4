import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { createWorld, type World } from '../../support/world.ts';

const plenty = { limit: 100_000, windowSeconds: 60 };
/** On, so that what is odd gets as far as its keys, and never full. */
const throttle = {
  ...{ enabled: true, clientSecret: plenty, authorize: plenty },
  userCode: { perSession: 100_000, address: plenty, global: plenty },
};
const secret = ['text-secret-that-seals-nothing-of-anybody-0123456789'];
let database: TestDatabase;
let world: World;
beforeAll(async () => {
  database = await createTestDatabase();
  // First use is on: what an unknown client sends goes as far as it can.
  world = await createWorld({ mode: 'testing', database: { url: database.url }, secret, throttle });
});
afterAll(async () => {
  await world.stop();
  await database.drop();
});

/** PostgreSQL stores no NUL; half a character becomes another one on its way. */
const tooLong = randomBytes(9000).toString('base64url');
const odd = ['\0', 'app\0', 'a\0b', '\ud800', '\u{10ffff}', 'a'.repeat(3000), tooLong];

describe('text that PostgreSQL does not store', () => {
  it.each([
    ...['client_id', 'redirect_uri', 'state', 'nonce', 'scope', 'login_hint', 'resource', 'claims', 'request_uri'],
    ...['id_token_hint', 'code_challenge', 'acr_values', 'ui_locales', 'response_mode'],
  ])('P01 is no server error as %s at /authorize', async (name) => {
    for (const value of odd) {
      for (const extra of [{}, { redirect_uri: 'http://localhost:3000/cb' }]) {
        const url = world.authorizeUrl('app', { ...extra, [name]: value });
        const answer = await world.visitor().open(url);
        expectHarmless(answer);
      }
    }
  });

  it.each([
    ['/token', 'client_id'],
    ['/token', 'client_secret'],
    ['/token', 'code'],
    ['/token', 'refresh_token'],
    ['/token', 'device_code'],
    ['/introspect', 'client_id'],
    ['/introspect', 'token'],
    ['/revoke', 'token'],
    ['/par', 'client_id'],
    ['/par', 'redirect_uri'],
    ['/device/code', 'client_id'],
    ['/device', 'user_code'],
    ['/logout', 'client_id'],
    ['/logout', 'id_token_hint'],
    ['/logout/success', 'client_id'],
  ])('P02 is no server error at %s as %s', async (path, name) => {
    const grants = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'];
    for (const value of odd) {
      for (const grant of grants) {
        const form = new URLSearchParams({ client_id: 'spa', grant_type: grant, redirect_uri: 'x', [name]: value });
        for (const headers of [{}, { authorization: world.basic('app') }]) {
          const posted = await world.visitor().request(path, { method: 'POST', body: form, headers });
          expectHarmless(posted, [world.secrets.app]);
        }
        expectHarmless(await world.visitor().request(`${path}?${form}`));
      }
    }
  });

  it('P02 is no server error inside Basic', async () => {
    for (const id of odd) {
      for (const credentials of [`${id}:secret`, `${encodeURIComponent(id.toWellFormed())}:secret`, `app:${id}`]) {
        const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
        const body = new URLSearchParams({ grant_type: 'client_credentials' });
        const answer = await world.visitor().request('/token', { method: 'POST', body, headers: { authorization } });
        expectHarmless(answer);
        expect(answer.status).toBeGreaterThanOrEqual(400);
      }
    }
  });

  it.each(['username', 'password', 'account', 'do', 'csrf'])(
    'P01 is no server error as %s of the sign-in form',
    async (name) => {
      for (const value of odd) {
        const visitor = world.visitor();
        const page = await visitor.open(world.authorizeUrl('app'));
        const body = new URLSearchParams({ csrf: csrfOf(page.text), username: 'alice', password: 'x', [name]: value });
        const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin' };
        const answer = await visitor.request(page.url, { method: 'POST', body, headers });
        expectHarmless(answer);
        expect(answer.status).toBeGreaterThanOrEqual(400);
      }
    },
  );

  it('P01 is nobody’s name and no client’s id, asked for directly', async () => {
    const { accounts, clients } = world.postern;
    for (const name of odd) {
      expect(await accounts.findByUsername(name)).toBeUndefined();
      expect(await accounts.find(name)).toBeUndefined();
      expect(await clients.find(name)).toBeUndefined();
      expect(await clients.metadata(name)).toBeUndefined();
      const guess = { username: name, password: name, ip: '127.0.0.1' };
      await expect(accounts.authenticate(guess)).rejects.toMatchObject({ code: 'unauthorized' });
    }
  });
});

function csrfOf(html: string): string {
  return /value="([^"]+)"/.exec(/<input\b[^>]*name="csrf"[^>]*>/.exec(html)?.[0] ?? '')?.[1] ?? '';
}

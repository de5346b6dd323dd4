import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectHarmless } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;
/** What one answer may take; the best of a few tries, since others use this machine too. */
const mostMilliseconds = 50;
const tries = 5;

let world: World;
beforeAll(async () => {
  world = await createWorld({ mode: 'testing', strictClients: true });
});
afterAll(() => world.stop());

type Sent = { path: string; body?: string; headers?: Record<string, string> };

async function send({ path, body, headers }: Sent) {
  const began = performance.now();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const init =
    body === undefined ? { headers: headers ?? {} } : { method: 'POST', body, headers: { ...form, ...headers } };
  // A refusal may come before all of a large body has gone out, and close the connection.
  const response = await fetch(`${world.issuer}${path}`, { ...init, redirect: 'manual' });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, milliseconds: performance.now() - began };
}

async function expectQuickRefusal(sent: Sent): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries && best > mostMilliseconds; attempt++) {
    const answer = await send(sent);
    expectHarmless(answer);
    expect(answer.status).toBeGreaterThanOrEqual(300);
    // To the app with an error, or back to the empty form of the device page.
    if (answer.status < 400) expect(answer.headers.get('location')).toMatch(/[?&]error=|^\/device$/);
    best = Math.min(best, answer.milliseconds);
  }
  expect(best).toBeLessThan(mostMilliseconds);
}

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const deepObject = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const form = (changes: Record<string, string>): string =>
  new URL(world.authorizeUrl('app', changes)).searchParams.toString();

describe('JSON that is nested without end', () => {
  it.each([
    ['nothing but brackets', deep(10_000)],
    ['a claim for the ID token', `{"id_token":{"sub":${deep(10_000)}}}`],
    ['a claim for userinfo', `{"userinfo":{"email":{"values":${deep(10_000)}}}}`],
    ['a member nobody knows', `{"more":${deep(10_000)}}`],
    ['objects', `{"id_token":{"sub":${deepObject(5000)}}}`],
  ])('O09 as %s in the claims of a pushed request is refused at once', async (_, claims) => {
    // Percent-encoding would make it too large before it is read; brackets may stand as they are.
    const body = `${form({ claims: 'x' }).replace('claims=x', `claims=${claims}`)}`;
    await expectQuickRefusal({ path: '/par', body, headers: { authorization: world.basic('app') } });
  });

  it('O09 in the claims of a request is refused at once', async () => {
    const claims = `{"id_token":{"sub":${deep(3000)}}}`;
    await expectQuickRefusal({ path: `/authorize?${form({ claims: 'x' }).replace('claims=x', `claims=${claims}`)}` });
  });

  it('O09 in a JWT is refused at once', async () => {
    const part = Buffer.from(deep(4000)).toString('base64url');
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const assertion = {
      client_assertion_type: type,
      client_assertion: `e30.${part}.e30`,
      grant_type: 'client_credentials',
    };
    await expectQuickRefusal({ path: '/token', body: new URLSearchParams(assertion).toString() });
    await expectQuickRefusal({
      path: '/token',
      body: 'grant_type=client_credentials',
      headers: { dpop: `${part}.e30.e30` },
    });
    await expectQuickRefusal({ path: `/logout?id_token_hint=${part}.${part}.e30` });
    await expectQuickRefusal({
      path: '/introspect',
      body: `token=e30.${part}.e30`,
      headers: { authorization: world.basic('app') },
    }).catch(expectInactive);
  });
});

/** Introspection says "inactive" where others refuse. */
async function expectInactive(): Promise<void> {
  const body = `token=e30.${Buffer.from(deep(4000)).toString('base64url')}.e30`;
  const answer = await send({ path: '/introspect', body, headers: { authorization: world.basic('app') } });
  expect(JSON.parse(answer.text)).toEqual({ active: false });
}

describe('text that is too long', () => {
  const mebibyte = 1024 * 1024;

  it.each(['/token', '/par', '/introspect', '/revoke', '/device/code', '/device', '/logout', '/interaction/x'])(
    'O09 a scope of 1 MiB is refused at once at %s',
    async (path) => {
      const body = `client_id=spa&grant_type=client_credentials&token=x&scope=${'a'.repeat(mebibyte)}`;
      const headers = { authorization: world.basic('app'), origin: world.issuer, 'sec-fetch-site': 'same-origin' };
      await expectQuickRefusal({ path, body, headers });
    },
  );

  it('O09 an address of 1 MiB is refused at once', async () => {
    await expectQuickRefusal({ path: `/authorize?${form({})}&scope=${'a'.repeat(mebibyte)}` });
  });

  it.each([
    ['scope', ' '.repeat(40_000)],
    ['scope', `${'a '.repeat(20_000)}!`],
    ['redirect_uri', `${redirectUris.app}${'/'.repeat(40_000)}!`],
    ['redirect_uri', `https://${'a.'.repeat(20_000)}`],
    ['resource', `https://${'a-'.repeat(20_000)}`],
    ['request_uri', `urn:${':'.repeat(40_000)}`],
    ['code_challenge', 'a'.repeat(40_000)],
    ['client_id', 'a'.repeat(40_000)],
    ['prompt', 'login '.repeat(7000)],
    ['response_type', 'code token '.repeat(4000)],
    ['max_age', '9'.repeat(40_000)],
  ])('O09 no expression runs away with a long %s', async (name, value) => {
    const body = new URLSearchParams(form({ [name]: value })).toString();
    const small = body.length < 56_000 ? body : body.slice(0, 56_000);
    await expectQuickRefusal({ path: '/par', body: small, headers: { authorization: world.basic('app') } });
  });

  it('O09 no expression runs away with what is registered', async () => {
    const long = 'a'.repeat(200_000);
    for (const input of [
      { id: long, redirectUris: ['https://x.example/'] },
      { id: 'x', redirectUris: [`https://x.example/${'a*'.repeat(100_000)}`] },
      { id: 'x', redirectUris: ['https://x.example/'], scope: `${'a '.repeat(100_000)} ` },
      { id: 'x', redirectUris: ['https://x.example/'], name: `${' '.repeat(200_000)}\u202e` },
    ]) {
      const began = performance.now();
      await expect(world.postern.clients.create(input, { by })).rejects.toMatchObject({ code: 'invalid' });
      expect(performance.now() - began).toBeLessThan(mostMilliseconds * 2);
    }
  });
});

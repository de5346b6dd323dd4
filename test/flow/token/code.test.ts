import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, endpointsOf } from '../../support/endpoint.ts';
import { expectSentBack } from '../../support/refusals.ts';
import { challenge, createWorld, redirectUris, type World } from '../../support/world.ts';

let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  at = endpointsOf(world);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => world?.stop());

const refused = { status: 400, body: { error: 'invalid_grant' } };
const reuses = async () =>
  (await world.postern.audit.list(world.postern.db, { limit: 100, event: 'code.reuse' })).items.length;

describe('an authorization code', () => {
  it('B01 redeemed a second time is refused, and what the first time gave is dead', async () => {
    const before = await reuses();
    const code = await at.code('app');
    const first = await at.token('app', world.codeForm('app', code));
    expect(first.status).toBe(200);
    expect((await at.userinfo(first.body.access_token)).status).toBe(200);

    expect(await at.token('app', world.codeForm('app', code))).toMatchObject(refused);
    expect((await at.userinfo(first.body.access_token)).status).toBe(401);
    const form = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token };
    expect(await at.token('app', form)).toMatchObject(refused);
    expect(await at.introspect('app', { token: first.body.access_token })).toMatchObject({ body: { active: false } });
    expect(await reuses()).toBe(before + 1);
  });

  it('B07 of another client is refused, also with the right verifier, and stays good for its own', async () => {
    const code = await at.code('app');
    const form = world.codeForm('app', code);
    for (const thief of ['app2', 'spa'] as const) expect(await at.token(thief, form)).toMatchObject(refused);
    expect((await at.token('app', form)).status).toBe(200);
  });

  it('B08 is refused with another redirect URI, or without one', async () => {
    const code = await at.code('app');
    for (const redirect_uri of ['https://rp.example/cb/', redirectUris.app2, `${redirectUris.app}?x=1`]) {
      expect(await at.token('app', { ...world.codeForm('app', code), redirect_uri })).toMatchObject(refused);
    }
    const without = await at.token('app', { ...world.codeForm('app', code), redirect_uri: undefined });
    expect(without).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect((await at.token('app', world.codeForm('app', code))).status).toBe(200);
  });

  it('B09 is good for a minute, and not beyond the tolerance for clocks', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const [punctual, late] = [await at.code('app'), await at.code('app')];
    vi.setSystemTime(Date.now() + 59_000);
    expect((await at.token('app', world.codeForm('app', punctual))).status).toBe(200);
    vi.setSystemTime(Date.now() + 18_000);
    expect(await at.token('app', world.codeForm('app', late))).toMatchObject(refused);
  });

  it('B16 and tokens never stand in an address, and no answer with one is kept by caches', async () => {
    const visitor = world.visitor();
    const url = world.authorizeUrl('app', { scope: 'openid offline_access', prompt: 'consent' });
    const answer = await world.signIn(visitor, url);
    expect([...answer.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
    expect(answer.hash).toBe('');
    const code = answer.searchParams.get('code') as string;
    const { headers, body } = await at.token('app', world.codeForm('app', code));
    const { access_token: token, refresh_token } = body;
    const all = [headers];
    all.push((await at.userinfo(token)).headers);
    all.push((await at.introspect('app', { token })).headers);
    all.push((await at.token('app', { grant_type: 'refresh_token', refresh_token })).headers);
    all.push((await at.token('app', { grant_type: 'client_credentials' })).headers);
    all.push((await at.token('app', { grant_type: 'refresh_token', refresh_token: 'none' })).headers);
    all.push((await at.revoke('app', { token })).headers);
    for (const each of all) expect(each.get('cache-control')).toContain('no-store');
  });
});

describe('PKCE', () => {
  it('B03 is required of everybody', async () => {
    for (const client of ['app', 'spa', 'cli'] as const) {
      const url = world.authorizeUrl(client, { code_challenge: undefined, code_challenge_method: undefined });
      const answer = await world.visitor().request(url);
      expectSentBack(answer, redirectUris[client], { error: 'invalid_request', state: 'a-state' });
    }
  });

  it('B03 is optional for the confidential client that was told so, and for no public one', async () => {
    const by = { type: 'system' } as const;
    const input = { id: 'legacy', redirectUris: ['https://legacy.example/cb'], pkce: 'optional' } as const;
    await world.postern.clients.create({ ...input, redirectUris: [...input.redirectUris] }, { by });
    const query = { client_id: 'legacy', redirect_uri: input.redirectUris[0], response_type: 'code', scope: 'openid' };
    const page = await world.visitor().open(`/authorize?${new URLSearchParams(query)}`);
    expect(page.text).toContain('id="signin-title"');
    const created = world.postern.clients.create(
      { ...input, id: 'open', redirectUris: [...input.redirectUris], tokenEndpointAuthMethod: 'none' },
      { by },
    );
    await expect(created).rejects.toMatchObject({ code: 'invalid' });
  });

  it('B04 knows S256 alone', async () => {
    for (const code_challenge_method of ['plain', 'S512', undefined]) {
      const answer = await world.visitor().request(world.authorizeUrl('app', { code_challenge_method }));
      expectSentBack(answer, redirectUris.app, { error: 'invalid_request' });
    }
    const { body } = await ask(`${world.issuer}/.well-known/openid-configuration`);
    expect(body.code_challenge_methods_supported).toEqual(['S256']);
  });

  it('B05 cannot be left out at the token endpoint, nor brought in there', async () => {
    const code = await at.code('app');
    expect(await at.token('app', { ...world.codeForm('app', code), code_verifier: undefined })).toMatchObject(refused);

    const { secret = '' } = await world.postern.clients.create(
      { id: 'no-pkce', redirectUris: ['https://no-pkce.example/cb'], pkce: 'optional', firstParty: true },
      { by: { type: 'system' } },
    );
    const query = { client_id: 'no-pkce', redirect_uri: 'https://no-pkce.example/cb', response_type: 'code' };
    const url = `${world.issuer}/authorize?${new URLSearchParams({ ...query, scope: 'openid' })}`;
    const bare = (await world.signIn(world.visitor(), url)).searchParams.get('code') ?? '';
    const form = new URLSearchParams({ ...world.codeForm('app', bare), redirect_uri: query.redirect_uri });
    const authorization = `Basic ${Buffer.from(`no-pkce:${secret}`).toString('base64')}`;
    const answer = await ask(`${world.issuer}/token`, { method: 'POST', body: form, headers: { authorization } });
    expect(answer).toMatchObject(refused);
  });

  it('B06 refuses every other verifier, and says nothing about the right one', async () => {
    const code = await at.code('app');
    const wrong = [`${world.codeForm('app', '').code_verifier}x`, 'x'.repeat(43), challenge, 'x'.repeat(128)];
    for (const code_verifier of wrong) {
      const answer = await at.token('app', { ...world.codeForm('app', code), code_verifier });
      expect(answer).toMatchObject(refused);
      expect(answer.text).not.toContain(challenge);
    }
    const digest = createHash('sha256').update('other').digest('base64url');
    const short = await at.token('app', { ...world.codeForm('app', code), code_verifier: digest.slice(0, 20) });
    expect(short).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

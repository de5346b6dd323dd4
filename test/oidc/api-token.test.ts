import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor } from '../../src/testing/sign-in.ts';
import { startPostern } from '../../src/testing/testing.ts';
import { createDevApp } from '../support/dev-app.ts';
import { challenge, createWorld, redirectUris, verifier, type World } from '../support/world.ts';

const operator = { by: { type: 'operator' } } as const;
const [redirectUri] = ['https://console.example/cb'] as const;
const tool = {
  ...{ id: 'console', redirectUris: [redirectUri], access: 'everybody' },
  scope: 'openid offline_access admin:read admin:write',
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
} as const;

describe.each(['testing', 'serve'] as const)('access tokens for the API, in %s', (mode) => {
  let world: World;
  let secret: string;
  let resource: string;
  beforeAll(async () => {
    world = await createWorld({ mode });
    resource = `${world.issuer}/api/v1`;
    secret = (await world.postern.clients.create(tool as never, operator)).secret ?? '';
  });
  afterAll(() => world.stop());

  const apiToken = (token: string) => world.postern.oidc.apiToken(token);
  const credentials = (form: Record<string, string>, [id, key] = ['console', secret]) =>
    fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}` },
      body: new URLSearchParams(form),
    }).then((reply) => reply.json() as Promise<Record<string, string>>);

  /** What a person got for the API through the console client. */
  async function tokensOf(person: 'admin' | 'alice', scope = 'openid admin:read admin:write') {
    const asked = { client_id: 'console', redirect_uri: redirectUri, scope, resource };
    const back = await world.signIn(world.visitor(), world.authorizeUrl('app', asked), person);
    const code = back.searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
    return credentials(form);
  }

  it('counts for an administrator, with the scopes that were asked for, opaque and for the API alone', async () => {
    const { access_token: token = '', scope } = await tokensOf('admin', 'openid admin:read');
    expect(scope).toBe('admin:read');
    expect(token.split('.')).toHaveLength(1);
    expect(await apiToken(token)).toEqual({
      accountId: world.people.admin.id,
      authAt: expect.any(Number),
      clientId: 'console',
      scopes: ['admin:read'],
    });
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${world.issuer}/userinfo`, { headers })).ok).toBe(false);
  });

  it('is worth nothing from anybody else, and nothing when it is not one for the API', async () => {
    const { access_token: hers = '' } = await tokensOf('alice');
    expect(hers).not.toBe('');
    expect(await apiToken(hers)).toBeUndefined();
    const back = await world.signIn(world.visitor(), world.authorizeUrl('app'), 'admin');
    const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
    const { access_token: another = '' } = await credentials({ grant_type: 'client_credentials' });
    const others = [body.access_token, body.refresh_token, body.id_token, another, '', 'x', `${hers}x`, '\0', 'pst_x'];
    for (const other of others) expect(await apiToken(other)).toBeUndefined();
  });

  it('M09 C07 is over with the role, the account, the session, the client or its scopes', async () => {
    const { accounts, clients, sessions, access } = world.postern;
    const { admin, bob } = world.people;
    // Somebody who still administers meanwhile.
    await accounts.update(bob.id, { groups: ['admins'] }, operator);
    const all = {
      ...{ accountId: admin.id, authAt: expect.any(Number), clientId: 'console' },
      scopes: ['admin:read', 'admin:write'],
    };
    const { access_token: token = '' } = await tokensOf('admin');
    expect(await apiToken(token)).toEqual(all);
    await world.postern.db.transaction((tx) => world.postern.groups.ensureIn(tx, ['auditors'], operator));
    await accounts.update(admin.id, { groups: ['auditors'] }, operator);
    expect(await apiToken(token)).toEqual({ ...all, scopes: ['admin:read'] });
    await accounts.update(admin.id, { groups: [] }, operator);
    expect(await access.adminRole(admin.id)).toBeUndefined();
    expect(await apiToken(token)).toBeUndefined();
    await accounts.update(admin.id, { groups: ['admins'] }, operator);
    expect(await apiToken(token)).toEqual(all);

    await clients.update('console', { scope: 'openid offline_access admin:read' }, operator);
    expect(await apiToken(token)).toEqual({ ...all, scopes: ['admin:read'] });
    await clients.update('console', { scope: tool.scope, access: ['engineering'] }, operator);
    expect(await apiToken(token)).toBeUndefined();
    await clients.update('console', { access: 'everybody' }, operator);
    await clients.setDisabled('console', true, operator);
    expect(await apiToken(token)).toBeUndefined();
    await clients.setDisabled('console', false, operator);
    expect(await apiToken(token)).toEqual(all);

    for (const { id } of await sessions.listOfAccount(admin.id)) await sessions.end(id, {}, operator);
    expect(await apiToken(token)).toBeUndefined();
    const { access_token: next = '' } = await tokensOf('admin');
    expect(await apiToken(next)).toEqual(all);
    await accounts.setDisabled(admin.id, true, operator);
    expect(await apiToken(next)).toBeUndefined();
    await accounts.setDisabled(admin.id, false, operator);
    expect(await apiToken(next)).toBeUndefined();
  });

  it('counts for a client by its own scopes, and only those on its list', async () => {
    const asked = { grant_type: 'client_credentials', resource, scope: 'admin:read admin:write' };
    const { access_token: token = '' } = await credentials(asked);
    expect(await apiToken(token)).toEqual({ clientId: 'console', scopes: ['admin:read', 'admin:write'] });
    const refused = await credentials(asked, ['app', world.secrets.app]);
    expect(refused).toMatchObject({ error: 'invalid_target' });
    await world.postern.clients.setDisabled('console', true, operator);
    expect(await apiToken(token)).toBeUndefined();
    await world.postern.clients.setDisabled('console', false, operator);
    // A person is not asked on behalf of a client that has none of them.
    const answer = await world.visitor().request(world.authorizeUrl('app', { resource, scope: 'openid admin:write' }));
    const back = new URL(answer.headers.get('location') ?? 'about:blank');
    expect([back.origin, back.searchParams.get('error')]).toEqual([new URL(redirectUris.app).origin, 'invalid_target']);
  });
});

describe('in dev', () => {
  it('samples and clients of first use get none for themselves, and a person’s only after a yes', async () => {
    const postern = await startPostern({ mode: 'dev' });
    const { issuer, oidc } = postern;
    const resource = `${issuer}/api/v1`;
    await createDevApp(issuer).signIn();
    const [redirectUri, demo] = ['http://localhost:3000/callback', 'Basic ZGVtbzpkZW1vLXNlY3JldA=='];
    const token = async (form: Record<string, string>, authorization = demo) => {
      const headers = { authorization };
      const answer = await fetch(`${issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(form) });
      return (await answer.json()) as Record<string, string>;
    };
    const own = { grant_type: 'client_credentials', resource, scope: 'admin:write' };
    expect(await token(own)).toMatchObject({ error: 'invalid_target' });
    const unheard = await token({ ...own, client_id: 'unheard-of' }, '');
    expect(unheard.access_token).toBeUndefined();

    const visitor = createVisitor(issuer);
    const asked = { response_type: 'code', scope: 'openid admin:write', code_challenge: challenge };
    const request = { ...asked, code_challenge_method: 'S256', client_id: 'demo', redirect_uri: redirectUri, resource };
    const page = await visitor.open(`/authorize?${new URLSearchParams(request)}`);
    const consent = await visitor.submit(page, { username: 'alice', password: 'alice' });
    expect(consent.text).toContain('id="consent-allow"');
    expect(consent.text).toContain('admin:write');
    const back = new URL((await visitor.submit(consent, { do: 'allow' })).url);
    const code = back.searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
    const { access_token: good = '' } = await token(form);
    expect(await oidc.apiToken(good)).toMatchObject({ clientId: 'demo', scopes: ['admin:write'] });
    await postern.stop();
  });
});

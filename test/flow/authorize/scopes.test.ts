import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSentBack } from '../../support/refusals.ts';
import { createWorld, redirectUris, type World } from '../../support/world.ts';

const by = { type: 'system' } as const;
const notes = 'https://notes.example/';
let world: World;
let secret = '';
beforeAll(async () => {
  const resources = [{ identifier: notes, scopes: ['notes.read', 'notes.write'], format: 'opaque' as const }];
  world = await createWorld({ mode: 'serve', resources });
  const narrow = {
    ...{ id: 'narrow', redirectUris: ['https://narrow.example/cb'], scope: 'openid profile notes.read' },
    access: 'everybody' as const,
  };
  const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'] as const;
  secret = (await world.postern.clients.create({ ...narrow, grantTypes: [...grantTypes] }, { by })).secret ?? '';
});
afterAll(() => world.stop());

const own = { client_id: 'narrow', redirect_uri: 'https://narrow.example/cb' };
const ask = (changes: Record<string, string>) =>
  world.visitor().request(world.authorizeUrl('app', { ...own, ...changes }));

async function token(form: Record<string, string>) {
  const authorization = `Basic ${Buffer.from(`narrow:${secret}`).toString('base64')}`;
  const body = new URLSearchParams(form);
  const response = await fetch(`${world.issuer}/token`, { method: 'POST', headers: { authorization }, body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

async function grantedBy(changes: Record<string, string>): Promise<string[]> {
  const back = await world.signIn(world.visitor(), world.authorizeUrl('app', { ...own, ...changes }));
  const code = back.searchParams.get('code');
  const { status, body } = await token({ ...world.codeForm('app', code), redirect_uri: own.redirect_uri });
  expect(status).toBe(200);
  return (body.scope ?? '').split(' ').sort();
}

describe('scopes', () => {
  it('A18 that exist and are not the client’s are invalid_scope', async () => {
    const answer = await ask({ scope: 'openid profile email' });
    expectSentBack(answer, own.redirect_uri, { error: 'invalid_scope', iss: world.issuer });
  });

  it('A18 that do not exist are left out, and not in the token', async () => {
    expect(await grantedBy({ scope: 'openid profile admin * __proto__' })).toEqual(['openid', 'profile']);
  });

  it('A18 of a resource are the client’s own alone', async () => {
    const scope = 'openid notes.read notes.write';
    expect(await grantedBy({ scope, resource: notes })).toEqual(['notes.read']);
  });

  it('A18 of a resource belong to a client that lists them', async () => {
    const url = world.authorizeUrl('app', { scope: 'openid notes.read', resource: notes });
    expectSentBack(await world.visitor().request(url), redirectUris.app, {
      error: 'invalid_target',
      iss: world.issuer,
    });
  });

  it('A18 of a machine are its own alone', async () => {
    const form = { grant_type: 'client_credentials', resource: notes };
    expect((await token({ ...form, scope: 'notes.read' })).body.scope).toBe('notes.read');
    const wider = await token({ ...form, scope: 'notes.read notes.write' });
    expect(wider.status === 400 ? wider.body.error : wider.body.scope).toMatch(/^(invalid_scope|notes\.read)$/);
  });

  it('A18 do not grow when a token is refreshed', async () => {
    const back = await world.signIn(world.visitor(), world.authorizeUrl('app', { ...own, scope: 'openid' }));
    const form = { ...world.codeForm('app', back.searchParams.get('code')), redirect_uri: own.redirect_uri };
    const refresh = { grant_type: 'refresh_token', refresh_token: (await token(form)).body.refresh_token ?? '' };
    const wider = await token({ ...refresh, scope: 'openid profile' });
    expect(wider).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
    expect((await token({ ...refresh, scope: 'openid' })).status).toBe(200);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, redirectUris, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const local = 'http://localhost:5000/signin-oidc';
type ResponseType = 'id_token' | 'code id_token';
const frontChannelClient = ({ postern }: World, id: string, responseType: ResponseType) =>
  postern.clients.create(
    { id, kind: 'web', redirectUris: [local], access: 'everybody', responseTypes: [responseType] },
    { by: { type: 'operator' } },
  );
const frontChannelUrl = ({ authorizeUrl }: World, id: string, responseType: ResponseType) =>
  authorizeUrl('app', { client_id: id, redirect_uri: local, response_type: responseType });

let since = '';
const logged = async () => {
  const { audit, db } = world.postern;
  const { items } = await audit.list(db, { limit: 200 });
  return items.filter(({ id, event }) => id > since && event.startsWith('token.')).reverse();
};
beforeEach(async () => {
  since = (await world.postern.audit.list(world.postern.db, { limit: 1 })).items[0]?.id ?? '';
});

describe('what the token endpoint did is in the log', () => {
  it('one event for each request that got tokens: for whom, of which client, by which grant, what', async () => {
    const back = await world.signIn(world.visitor(), world.authorizeUrl('app'));
    const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
    await world.token('app', { grant_type: 'refresh_token', refresh_token: body.refresh_token });
    await world.token('app2', { grant_type: 'client_credentials' });
    const scopes = ['openid', 'profile'];
    const about = { accountId: world.people.alice.id, clientId: 'app', actor: { type: 'client', id: 'app' } };
    const events = await logged();
    expect(events).toMatchObject([
      {
        ...{ event: 'token.issued', ...about, ip: '127.0.0.1', requestId: expect.any(String) },
        detail: { grantType: 'authorization_code', scopes, kinds: ['access_token', 'refresh_token', 'id_token'] },
      },
      { event: 'token.issued', ...about, detail: { grantType: 'refresh_token', scopes } },
      {
        ...{ event: 'token.issued', clientId: 'app2', accountId: undefined },
        detail: { grantType: 'client_credentials', scopes: [], kinds: ['access_token'] },
      },
    ]);
    for (const secret of [body.access_token, body.refresh_token, body.id_token, world.secrets.app]) {
      expect(JSON.stringify(events)).not.toContain(secret);
    }
  });

  it('a refusal with its reason, ten in a minute from one address for one client and no more', async () => {
    const wrong = (client: 'app' | 'app2') => world.token(client, { grant_type: 'refresh_token', refresh_token: 'x' });
    for (let index = 0; index < 15; index++) await wrong('app');
    await wrong('app2');
    const events = await logged();
    expect(events).toHaveLength(11);
    const detail = { error: 'invalid_grant', grantType: 'refresh_token' };
    expect(events[0]).toMatchObject({ event: 'token.refused', clientId: 'app', detail });
    expect(events.at(-1)).toMatchObject({ clientId: 'app2', detail });
  });

  it('nothing that a stranger wrote: no made-up client, no made-up grant type', async () => {
    const body = new URLSearchParams({ grant_type: '<script>', client_id: 'made-up', client_secret: 'my-password' });
    await fetch(`${world.issuer}/token`, { method: 'POST', body });
    const events = await logged();
    expect(events).toMatchObject([
      { event: 'token.refused', clientId: undefined, detail: { error: 'invalid_client' } },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/script|made-up|my-password/);
  });

  it('an ID token that /authorize hands out, alone or beside a code', async () => {
    for (const [id, responseType] of [
      ['implicit', 'id_token'],
      ['hybrid', 'code id_token'],
    ] as const) {
      await frontChannelClient(world, id, responseType);
      const back = await world.signIn(world.visitor(), frontChannelUrl(world, id, responseType));
      const idToken = new URLSearchParams(back.hash.slice(1)).get('id_token') ?? '';
      const events = (await logged()).filter(({ clientId }) => clientId === id);
      expect(events).toMatchObject([
        {
          ...{ event: 'token.issued', accountId: world.people.alice.id, actor: { type: 'client', id } },
          ...{ ip: '127.0.0.1', requestId: expect.any(String) },
          detail: { grantType: 'implicit', scopes: ['openid', 'profile'], kinds: ['id_token'] },
        },
      ]);
      expect(idToken).not.toBe('');
      expect(JSON.stringify(events)).not.toContain(idToken);
    }
  });

  it('not that a device waits', async () => {
    const form = new URLSearchParams({ client_id: 'cli', scope: 'openid' });
    const begun = await fetch(`${world.issuer}/device/code`, { method: 'POST', body: form });
    const { device_code: code } = (await begun.json()) as { device_code: string };
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code };
    expect((await world.token('cli', grant)).body.error).toBe('authorization_pending');
    expect((await world.token('cli', grant)).body.error).toBe('slow_down');
    expect(await logged()).toEqual([]);
  });
});

describe('with a log that can’t be written', () => {
  it('M13 nobody gets an ID token from /authorize', async () => {
    const other = await createWorld();
    await frontChannelClient(other, 'implicit', 'id_token');
    const url = frontChannelUrl(other, 'implicit', 'id_token');
    const visitor = other.visitor();
    await other.signIn(visitor, url);
    await other.postern.db.run('DROP TABLE audit_events');
    const answer = await visitor.request(url);
    expect(answer.status).toBe(500);
    expect(answer.headers.get('location')).toBeNull();
    expect(JSON.stringify(answer)).not.toContain('id_token=');
    await other.stop();
  });

  it('M13 nobody gets tokens', async () => {
    const other = await createWorld();
    const back = await other.signIn(other.visitor(), other.authorizeUrl('app'));
    await other.postern.db.run('DROP TABLE audit_events');
    const { status, body } = await other.token('app', other.codeForm('app', back.searchParams.get('code')));
    expect(status).toBe(500);
    expect(Object.keys(body).sort()).toEqual(['error', 'error_description']);
    expect(redirectUris.app).toBe(`${back.origin}${back.pathname}`);
    await other.stop();
  });
});

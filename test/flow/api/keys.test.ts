import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageCookieKeys } from '../../support/key-times.ts';
import { type ApiWorld, createApiWorld, operator } from './api-world.ts';

let world: ApiWorld;
let api: ApiWorld['api'];
const identifier = 'https://api.example';
const resource = { identifier, format: 'jwt' as const, algorithm: 'ES256' as const, scopes: ['read'] };
beforeAll(async () => {
  world = await createApiWorld({ resources: [resource] });
  api = world.api;
});
afterAll(() => world.stop());

const keysOf = async (algorithm: string) =>
  (await api('GET', '/keys')).body.items.filter((key: { algorithm: string }) => key.algorithm === algorithm);
const kindsOf = (told: { kind: string }[]) => told.map(({ kind }) => kind);
const jwks = async () => (await fetch(`${world.issuer}/jwks`)).text();

describe('the keys of the API', () => {
  it('J02 are published, activated and seen in every state; who and why is in the log', async () => {
    const [{ kid: first }] = await keysOf('EdDSA');
    const made = await api('POST', '/keys', { body: { algorithm: 'EdDSA', reason: ' spring cleaning ' } });
    const { kid, activatesAt } = made.body;
    expect(made.body).toEqual({ kid, algorithm: 'EdDSA', isNew: true, activatesAt });
    expect(made.headers.get('location')).toBe(`/api/v1/keys/${kid}`);
    expect(Date.parse(activatesAt) - Date.now()).toBeGreaterThan(3_500_000);
    const again = await api('POST', '/keys', { body: { algorithm: 'EdDSA' } });
    expect([again.status, again.body]).toEqual([201, { ...made.body, isNew: false }]);
    expect((await api('GET', `/keys/${kid}`)).body).toMatchObject({ state: 'pending', activatesAt });
    expect(await jwks()).toContain(kid);

    const activated = await api('POST', `/keys/${kid}/activate`, { body: { reason: 'all are ready' } });
    expect(activated.body).toMatchObject({ kid, state: 'active', isRevoked: false });
    expect((await keysOf('EdDSA')).map((key: { state: string }) => key.state)).toEqual(['active', 'retiring']);
    expect((await api('GET', `/keys/${first}`)).body).toMatchObject({
      state: 'retiring',
      removesAt: expect.any(String),
    });
    const { items } = (await api('GET', '/audit-events?event=key.&limit=2')).body;
    const actor = { type: 'api_key', id: world.adminKey.apiKey.id };
    expect(items).toMatchObject([
      { event: 'key.activated', actor, detail: { kid, retired: first, isEarly: true, reason: 'all are ready' } },
      { event: 'key.published', actor, detail: { kid, reason: 'spring cleaning' } },
    ]);
  });

  it('J05 say what breaks before it is done, and the same when it is', async () => {
    const [{ kid }] = await keysOf('RS256');
    const { body: before } = await api('GET', `/keys/${kid}/revocation`);
    expect(before).toMatchObject({ kid, algorithm: 'RS256', state: 'active', takesOver: 'new', resources: [] });
    expect(before).not.toHaveProperty('successor');
    expect(before.clients.total).toBe(4);
    expect(before.clients.first).toContainEqual({ id: 'app', name: 'The app' });
    expect([kindsOf(before.breaks), kindsOf(before.remains)]).toEqual([['sign_ins', 'sign_outs'], ['sessions']]);
    const { body: after } = await api('POST', `/keys/${kid}/revoke`, { body: { reason: 'on a stolen laptop' } });
    const { successor } = after;
    expect(after).toEqual({ ...before, successor });
    expect(await jwks()).not.toContain(kid);
    expect(await jwks()).toContain(successor);
    expect((await api('GET', `/keys/${kid}`)).body).toMatchObject({ state: 'removed', isRevoked: true });
    const again = await api('POST', `/keys/${kid}/revoke`, { body: {} });
    expect([again.status, (await api('GET', `/keys/${kid}/revocation`)).status]).toEqual([409, 409]);
  });

  it('J05 say that a published next key takes over, and that APIs take a JWT for longer than introspection', async () => {
    const [{ kid }] = await keysOf('ES256');
    const { kid: next } = await world.postern.keys.rotate('ES256', operator);
    await world.postern.clients.create(
      { id: 'modern', redirectUris: ['https://m.example/cb'], idTokenSignedResponseAlg: 'ES256' },
      operator,
    );
    const { body } = await api('GET', `/keys/${kid}/revocation`);
    expect(body).toMatchObject({ takesOver: 'pending', successor: next, resources: [identifier] });
    expect(body.clients).toEqual({ total: 1, first: [{ id: 'modern', name: 'modern' }] });
    expect(kindsOf(body.breaks)).toEqual(['late_sign_ins', 'access_tokens', 'sign_outs']);
    const pending = (await api('GET', `/keys/${next}/revocation`)).body;
    expect(pending.takesOver).toBe('nothing');
    expect([kindsOf(pending.breaks), kindsOf(pending.remains)]).toEqual([['next_key'], ['sessions', 'signing']]);
    expect((await api('POST', `/keys/${kid}/revoke`, { body: {} })).body.successor).toBe(next);
  });

  it('refuse what cannot be: an algorithm without keys, a key that does not wait, one that is none, a reason of lines', async () => {
    const [{ kid }] = await keysOf('RS256');
    const refusals = [
      [await api('POST', '/keys', { body: { algorithm: 'PS256' } }), 422, ['algorithm']],
      [await api('POST', '/keys', { body: { algorithm: 'HS256', reason: 'a\nb' } }), 422, ['algorithm', 'reason']],
      [await api('POST', '/keys', { body: {} }), 422, ['algorithm']],
      [await api('POST', `/keys/${kid}/activate`, { body: { reason: '' } }), 422, ['reason']],
      [await api('POST', `/keys/${kid}/revoke`, { body: { reason: 'x'.repeat(201) } }), 422, ['reason']],
      [await api('POST', '/cookie-keys', { body: { reason: '\u0000' } }), 400, ['reason']],
      [await api('POST', `/keys/${kid}/activate`, { body: {} }), 409, undefined],
      [await api('POST', '/keys/none/activate', { body: {} }), 404, undefined],
      [await api('POST', '/keys/none/revoke', { body: {} }), 404, undefined],
      [await api('GET', '/keys/none/revocation'), 404, undefined],
      [await api('GET', `/keys/${encodeURIComponent("' OR 1=1 --")}`), 404, undefined],
    ] as const;
    for (const [answer, status, paths] of refusals) {
      expect([answer.text, answer.status]).toEqual([answer.text, status]);
      expect(answer.body.errors?.map(({ path }: { path: string }) => path)).toEqual(paths);
    }
    expect((await world.postern.keys.find(kid)).state).toBe('active');
  });

  it('renew the key of cookies, and sign nobody out by it', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    await ageCookieKeys(world.postern);
    const made = await api('POST', '/cookie-keys', { body: { reason: 'yearly' } });
    expect(made.status).toBe(201);
    const { items } = (await api('GET', '/cookie-keys')).body;
    expect(items[0]).toEqual(made.body);
    expect(items[1]).toMatchObject({ retiredAt: expect.any(String) });
    await ageCookieKeys(world.postern);
    await world.postern.oidc.follow();
    const silent = await visitor.request(world.authorizeUrl('app', { prompt: 'none' }));
    expect(new URL(silent.headers.get('location') ?? '').searchParams.get('code')).toMatch(/./);
  });
});

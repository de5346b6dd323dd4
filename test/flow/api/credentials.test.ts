import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRequestApi } from '../../support/request-api.ts';
import { type ApiWorld, createApiWorld, operator } from './api-world.ts';

let world: ApiWorld;
const clock = { at: 1_700_000_000_000 };

beforeAll(async () => {
  world = await createApiWorld({
    clock: { now: () => clock.at, sleep: () => Promise.resolve() },
    http: { trustProxy: ['127.0.0.1'] },
    admin: { groups: ['admins', 'Führung', 'Kings'] },
  });
});
afterAll(() => world.stop());

const days = (count: number) => count * 86_400_000;
/** Requests that come from an address of their own, so that failures of one test are not counted for another. */
const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });

describe('an API key', () => {
  it('M05 works while it lives, and not a moment longer: expired, revoked and unknown ones are 401', async () => {
    const { apiKeys } = world.postern;
    const { apiKey, secret } = await apiKeys.create({ name: 'a', scopes: ['groups:read'], expiresInDays: 2 }, operator);
    const api = createRequestApi(world.issuer, secret);
    expect((await api('GET', '/groups')).status).toBe(200);
    clock.at += days(2) - 1;
    expect((await api('GET', '/groups')).status).toBe(200);
    clock.at += 1;
    const expired = await api('GET', '/groups', from('192.0.2.1'));
    expect(expired.status).toBe(401);
    expect(expired.headers.get('www-authenticate')).toBe('Bearer realm="Postern API", error="invalid_token"');

    const other = await apiKeys.create({ name: 'b', scopes: ['groups:read'] }, operator);
    const second = createRequestApi(world.issuer, other.secret);
    expect((await second('GET', '/groups')).status).toBe(200);
    await apiKeys.revoke(other.apiKey.id, operator);
    expect((await second('GET', '/groups', from('192.0.2.1'))).status).toBe(401);

    const texts = [
      apiKey.id,
      `${other.secret}x`,
      other.secret.slice(0, -1),
      `pst_${'A'.repeat(43)}`,
      'pst_',
      '%00',
      'a b',
    ];
    for (const text of texts) {
      expect((await createRequestApi(world.issuer, text)('GET', '/groups', from('192.0.2.1'))).status, text).toBe(401);
    }
  });

  it('M05 does what its scopes say and nothing else', async () => {
    const api = await world.apiWith('groups:read', 'attributes:write');
    expect((await api('GET', '/groups')).status).toBe(200);
    expect((await api('POST', '/groups', { body: { name: 'x' } })).status).toBe(403);
    expect((await api('GET', '/attributes')).status).toBe(200);
    expect((await api('GET', '/accounts')).status).toBe(403);
  });

  it('M09 ends with the account that made it', async () => {
    const { accounts, apiKeys } = world.postern;
    const by = { type: 'account', id: world.people.admin.id } as const;
    await accounts.create({ username: 'second', groups: ['admins'], password: 'quiet lantern over nine' }, operator);
    const { secret } = await apiKeys.create({ name: 'hers', scopes: ['admin:write'] }, { by });
    const api = createRequestApi(world.issuer, secret);
    const made = await api('POST', '/api-keys', { body: { name: 'its', scopes: ['groups:read'] } });
    const child = createRequestApi(world.issuer, made.body.secret);
    expect((await child('GET', '/groups')).status).toBe(200);
    await accounts.setDisabled(world.people.admin.id, true, operator);
    expect((await api('GET', '/groups', from('192.0.2.2'))).status).toBe(401);
    expect((await child('GET', '/groups', from('192.0.2.2'))).status).toBe(401);
    await accounts.setDisabled(world.people.admin.id, false, operator);
    expect((await api('GET', '/groups', from('192.0.2.2'))).status).toBe(401);
  });

  it('M09 is worth what its maker is by now: reading for an auditor, nothing outside of both groups', async () => {
    const { accounts, apiKeys, groups } = world.postern;
    await groups.create({ name: 'auditors' }, operator);
    const maker = await accounts.create({ username: 'maker', groups: ['admins'] }, operator);
    const by = { type: 'account', id: maker.id } as const;
    const { secret } = await apiKeys.create({ name: 'of the maker', scopes: ['admin:write'] }, { by });
    const api = createRequestApi(world.issuer, secret);
    expect((await api('POST', '/groups', { body: { name: 'by-an-admin' } })).status).toBe(201);
    await accounts.update(maker.id, { groups: ['auditors'] }, operator);
    expect((await api('GET', '/groups')).status).toBe(200);
    expect((await api('POST', '/groups', { body: { name: 'by-an-auditor' } })).status).toBe(403);
    await accounts.update(maker.id, { groups: [] }, operator);
    expect((await api('GET', '/groups', from('192.0.2.9'))).status).toBe(401);
  });

  it('makes no key that may do more than itself', async () => {
    const api = await world.apiWith('api-keys:write', 'groups:write');
    const fine = await api('POST', '/api-keys', { body: { name: 'less', scopes: ['groups:read', 'api-keys:read'] } });
    expect(fine.status).toBe(201);
    expect(fine.body.secret).toMatch(/^pst_[\w-]{43}$/);
    const refused = await api('POST', '/api-keys', { body: { name: 'more', scopes: ['groups:read', 'admin:write'] } });
    expect(refused.status).toBe(403);
    expect(refused.body.errors).toEqual([expect.objectContaining({ path: 'scopes' })]);
  });

  it('is counted by address when it is none: 429 after 30 failures in 15 minutes, and a good one goes through', async () => {
    const attacker = from('198.51.100.7');
    const guess = () => createRequestApi(world.issuer, `pst_${'B'.repeat(43)}`)('GET', '/groups', attacker);
    for (let tries = 0; tries < 30; tries += 1) expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await world.api('GET', '/groups', attacker)).status).toBe(200);
    clock.at += 15 * 60_000;
    expect((await guess()).status).toBe(401);
  });
});

describe('a key without admin:write', () => {
  const restricted = () => world.apiWith('accounts:write', 'clients:write', 'groups:write');

  it('makes no administrator and takes over none', async () => {
    const api = await restricted();
    const { id } = world.people.admin;
    const bob = `/accounts/${world.people.bob.id}`;
    const attempts = [
      ['POST', '/accounts', { username: 'mallory', groups: ['engineering', 'admins'] }],
      ['PATCH', bob, { groups: ['auditors'] }],
      ['PATCH', `/accounts/${id}`, { email: 'mallory@evil.example', emailVerified: true }],
      ['POST', `/accounts/${id}/link`],
      ['POST', `/accounts/${id}/disable`],
      ['POST', `/accounts/${id}/enable`],
      ['POST', `/accounts/${id}/unlock`],
      ['DELETE', `/accounts/${id}`],
    ] as const;
    for (const [method, path, body] of attempts) {
      const answer = await api(method, path, { body });
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(403);
      expect(answer.body.detail).toContain('admin:write');
    }
    expect((await api('PATCH', bob, { body: { name: 'Bob' } })).status).toBe(200);
    expect((await world.api('PATCH', bob, { body: { groups: ['auditors', 'engineering'] } })).status).toBe(200);
    expect((await api('PATCH', bob, { body: { groups: ['engineering'] } })).status).toBe(403);
    expect((await world.api('PATCH', bob, { body: { groups: ['engineering'] } })).status).toBe(200);
  });

  it('M01 makes no administrator in another Unicode form of the group’s name either', async () => {
    const api = await restricted();
    expect((await world.api('POST', '/groups', { body: { name: 'Führung' } })).status).toBe(201);
    expect((await world.api('POST', '/groups', { body: { name: 'Kings' } })).status).toBe(201);
    const { id } = (await api('POST', '/accounts', { body: { username: 'mallory' } })).body;
    for (const name of ['Führung', 'Fu\u0308hrung', 'Kings', '\u212aings']) {
      const made = await api('POST', '/accounts', { body: { username: 'm', groups: [name] } });
      expect(made.status, `${name}: ${made.text}`).toBe(403);
      const changed = await api('PATCH', `/accounts/${id}`, { body: { groups: [name] } });
      expect(changed.status, `${name}: ${changed.text}`).toBe(403);
    }
  });

  it('M01 removes no group whose members administer or audit', async () => {
    const api = await restricted();
    for (const name of ['Führung', 'auditors']) {
      await world.api('POST', '/groups', { body: { name } });
      expect((await api('DELETE', `/groups/${encodeURIComponent(name)}`)).status, name).toBe(403);
      expect((await world.api('GET', `/groups/${encodeURIComponent(name)}`)).status, name).toBe(200);
    }
    await world.api('POST', '/groups', { body: { name: 'plain' } });
    expect((await api('DELETE', '/groups/plain')).status).toBe(204);
  });

  it('makes no client that administers, and gives none a secret', async () => {
    const api = await restricted();
    const robot = { id: 'robot', kind: 'machine', scope: 'admin:write' };
    expect((await api('POST', '/clients', { body: robot })).status).toBe(403);
    const made = await world.api('POST', '/clients', { body: robot });
    expect(made.status, made.text).toBe(201);
    expect((await api('POST', '/clients/robot/secrets', { body: {} })).status).toBe(403);
    expect((await api('PATCH', '/clients/robot', { body: { name: 'Mine' } })).status).toBe(403);
    expect((await api('POST', '/clients/robot/disable')).status).toBe(403);
    expect((await api('DELETE', `/clients/robot/secrets/${made.body.secrets[0].id}`)).status).toBe(403);
    expect((await api('DELETE', '/clients/robot')).status).toBe(403);
    expect((await api('PATCH', '/clients/app', { body: { scope: 'openid admin:read' } })).status).toBe(403);
    expect((await world.api('DELETE', '/clients/robot')).status).toBe(204);
  });
});

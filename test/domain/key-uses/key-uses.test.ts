import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyUses } from '../../../src/domain/key-uses/key-uses.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { keyRoom } from '../../support/key-room.ts';

const by = { by: { type: 'operator' } } as const;
const redirectUris = ['https://rp.example/cb'];
const orders = 'https://orders.example';
let postern: Postern;
beforeAll(async () => {
  const resources = [{ identifier: orders, format: 'jwt' as const, algorithm: 'ES256' as const, scopes: ['read'] }];
  postern = await startPostern({ resources, keys: { publishAheadSeconds: 3600, maxAgeSeconds: 120 } });
  const { clients } = postern;
  const es256 = { redirectUris, idTokenSignedResponseAlg: 'ES256' } as const;
  await clients.create({ id: 'plain', name: 'Zebra', redirectUris }, by);
  await clients.create({ id: 'modern', name: 'Modern', ...es256 }, by);
  await clients.create({ id: 'off', ...es256 }, by);
  await clients.setDisabled('off', true, by);
  await clients.create({ id: 'robot', kind: 'machine' }, by);
  await clients.create({ id: 'api', ...es256, scope: 'read' }, by);
  for (let at = 0; at < 25; at++) await clients.create({ id: `many-${at}`, name: `A ${at}`, redirectUris }, by);
});
afterAll(() => postern.stop());

const signing = async (algorithm: 'RS256' | 'ES256' | 'EdDSA') =>
  (await postern.keys.signingSet()).active.get(algorithm)?.kid ?? '';
const kindsOf = (told: readonly { kind: string }[]) => told.map(({ kind }) => kind);

describe('who relies on a key', () => {
  it('clients that get ID tokens of its algorithm: RS256 unless they say so, none that is off or a machine', async () => {
    expect(await postern.keyUses.clientsOf('ES256')).toEqual([{ id: 'modern', name: 'Modern' }]);
    const ids = (await postern.keyUses.clientsOf('RS256')).map(({ id }) => id);
    expect(ids).toContain('plain');
    expect(ids).toHaveLength(26);
    expect(await postern.keyUses.clientsOf('EdDSA')).toEqual([]);
  });
});

describe('J05 what taking a key out breaks', () => {
  it('the one that signs, with nothing to follow: all who keep the key set; the first twenty by name', async () => {
    const revocation = await postern.keyUses.revocation(await signing('RS256'));
    expect(revocation).toMatchObject({ takesOver: 'new', successor: undefined, resources: [], maxAgeSeconds: 120 });
    expect(revocation.clients.total).toBe(26);
    expect(revocation.clients.first).toHaveLength(20);
    expect(revocation.clients.first.map(({ name }) => name)).not.toContain('Zebra');
    expect(kindsOf(revocation.breaks)).toEqual(['sign_ins', 'sign_outs']);
    expect(revocation.breaks[0]?.says).toContain('after 120 seconds at the latest (keys.maxAgeSeconds)');
    expect(kindsOf(revocation.remains)).toEqual(['sessions']);
  });

  it('with a next one: those who have not fetched it; a key whose JWTs are alive: introspection at once, APIs later', async () => {
    const first = await signing('ES256');
    const { kid: next } = await postern.keys.rotate('ES256', by);
    const { createdAt } = await postern.keys.find(next);
    const revocation = await postern.keyUses.revocation(first);
    expect(revocation).toMatchObject({ takesOver: 'pending', successor: next, successorSince: createdAt });
    expect(kindsOf(revocation.breaks)).toEqual(['late_sign_ins', 'access_tokens', 'sign_outs']);
    expect(revocation.breaks[0]?.says).toContain(new Date(createdAt).toISOString());
    expect(revocation.breaks[1]?.says).toContain(orders);

    await postern.keys.activate(next, by);
    const retiring = await postern.keyUses.revocation(first);
    expect(retiring).toMatchObject({ state: 'retiring', takesOver: 'nothing' });
    expect(kindsOf(retiring.breaks)).toEqual(['access_tokens', 'sign_outs']);
    expect(kindsOf(retiring.remains)).toEqual(['sessions', 'signing']);
    const { db, clock } = postern;
    await db.run('UPDATE keys SET retired_at = ? WHERE kid = ?', [clock.now() - 3_600_000, first]);
    expect(kindsOf((await postern.keyUses.revocation(first)).breaks)).toEqual(['sign_outs']);
  });

  it('R18 with a next one that cannot be opened: a new key takes over, and is the one that does', async () => {
    const first = await signing('EdDSA');
    const { kid: waiting } = await postern.keys.rotate('EdDSA', by);
    await postern.db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [Buffer.alloc(64), waiting]);
    const expected = { takesOver: 'new', successor: undefined, successorSince: undefined };
    expect(await postern.keyUses.revocation(first)).toMatchObject(expected);
    const { successor } = await postern.keyUses.revoke(first, by);
    expect(successor).toBe(await signing('EdDSA'));
    await postern.keyUses.revoke(waiting, by);
  });

  it('a pending one: only that nothing follows', async () => {
    const { kid } = await postern.keys.rotate('EdDSA', by);
    const revocation = await postern.keyUses.revocation(kid);
    expect(kindsOf(revocation.breaks)).toEqual(['next_key']);
    expect(await postern.keyUses.revoke(kid, by)).toEqual({ ...revocation, successor: undefined });
  });

  it('the one of an algorithm without clients and resources: sign-outs with its old ID tokens alone', async () => {
    expect(kindsOf((await postern.keyUses.revocation(await signing('EdDSA'))).breaks)).toEqual(['sign_outs']);
  });

  it('one that the settings have dropped: nothing signs in its place', async () => {
    const { clients, clock, db } = postern;
    const { keys } = keyRoom(db, { of: ['RS256'], clock });
    const dropped = createKeyUses({ keys, clients, clock, resources: [], maxAgeSeconds: 0 });
    const revocation = await dropped.revocation(await signing('ES256'));
    expect(revocation.takesOver).toBe('nothing');
    expect(kindsOf(revocation.breaks)).toEqual(['all_sign_ins', 'sign_outs']);
  });

  it('is said once: revoked already is a conflict, and a key that is none is not found', async () => {
    const kid = await signing('RS256');
    const done = await postern.keyUses.revoke(kid, { ...by, reason: 'leaked' });
    expect(done.successor).toBe(await signing('RS256'));
    await expect(postern.keyUses.revocation(kid)).rejects.toMatchObject({ code: 'conflict' });
    await expect(postern.keyUses.revoke(kid, by)).rejects.toMatchObject({ code: 'conflict' });
    await expect(postern.keyUses.revocation('nobody')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('a client that cannot be read keeps no key from being taken out', async () => {
    const kid = await signing('ES256');
    const { db } = postern;
    const row = await db.get<{ metadata: string }>(`SELECT metadata FROM clients WHERE id = 'plain'`, []);
    await db.run(`UPDATE clients SET metadata = '{' WHERE id = 'plain'`, []);
    await expect(postern.keyUses.revoke(kid, by)).rejects.toBeInstanceOf(SyntaxError);
    await db.run(`UPDATE clients SET metadata = ? WHERE id = 'plain'`, [row?.metadata ?? '']);
    expect(await postern.keys.find(kid)).toMatchObject({ isRevoked: true });
    expect(await signing('ES256')).not.toBe(kid);
    await expect(postern.keyUses.revoke(kid, by)).rejects.toMatchObject({ code: 'conflict' });
  });
});

/** A signing key or cookie key whose row was changed in the database: what goes on, what stops, and that nothing is made up for it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Algorithm } from '../../../src/domain/keys/keys.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { fetchKeySet, kidOf, kidsOf } from '../../support/key-set.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { silently } from '../../support/silent.ts';
import { until } from '../../support/spawned.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' } } as const;

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let world: World;
  let again: Postern | undefined;
  let close: () => Promise<void>;
  let store: Parameters<typeof createWorld>[0];
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-damaged-'));
    const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
    const place = server ? { database: { url: server.url } } : { database: { file: join(folder, 'dev.db') } };
    store = { ...place, data: folder, secret: ['a-secret-of-this-test-alone-0123456789-0123456789'] };
    world = await createWorld(store);
    close = async () => {
      await again?.stop();
      again = undefined;
      await world.postern.stop();
      await server?.drop();
      await rm(folder, { recursive: true, force: true });
    };
  });
  afterEach(() => close());

  /** A new process over the same database. */
  async function restart(): Promise<World> {
    await world.postern.stop();
    await again?.stop();
    again = await startPostern({ ...store, port: world.postern.port, strictClients: true });
    return { ...world, postern: again };
  }

  const activeKid = async (algorithm: Algorithm, { postern }: World = world) =>
    (await postern.keys.list()).find((key) => key.algorithm === algorithm && key.state === 'active')?.kid ?? '';
  const flipped = (sealed: Buffer) => Buffer.from(sealed.map((byte, index) => (index === 20 ? byte ^ 1 : byte)));

  /** One bit of the sealed private part. */
  async function damage(kid: string): Promise<void> {
    await world.postern.db.transaction(async (tx) => {
      const row = await tx.get<{ sealed_jwk: Buffer }>('SELECT sealed_jwk FROM keys WHERE kid = ?', [kid]);
      await tx.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [flipped(row?.sealed_jwk as Buffer), kid]);
    });
  }

  /** Its answer is good for a second. */
  const readyzSays = (status: number) => until(async () => (await fetch(`${world.issuer}/readyz`)).status === status);
  async function tokens(of: World = world) {
    const answer = await of.signIn(of.visitor(), of.authorizeUrl('app'));
    return of.token('app', of.codeForm('app', answer.searchParams.get('code')));
  }
  const keyCount = async ({ postern }: World = world) => (await postern.keys.list()).length;

  it('R18 a running server goes on with the key that it has in memory, says so by readyz, and makes none in its place', async () => {
    const [kid, count] = [await activeKid('RS256'), await keyCount()];
    await readyzSays(200);
    await damage(kid);
    await world.postern.oidc.follow();
    await world.postern.keys.advance();
    expect(kidOf((await tokens()).body.id_token)).toBe(kid);
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'));
    expect((await visitor.open('/account')).status).toBe(200);
    expect((await visitor.request('/account')).status).toBe(200);
    await readyzSays(503);
    expect(await keyCount()).toBe(count);
    // Nor does a swap lose it.
    await world.postern.oidc.refresh();
    expect(kidOf((await tokens()).body.id_token)).toBe(kid);
    expect(kidsOf(await fetchKeySet(world.issuer))).toContain(kid);
    const { items } = await world.postern.audit.list(world.postern.db, { limit: 9, event: 'record.unreadable' });
    expect(items.map(({ detail }) => detail)).toEqual([{ table: 'keys', reason: expect.stringContaining(kid) }]);
  });

  it('J05 R18 a damaged key keeps nobody from taking another one out', async () => {
    await damage(await activeKid('RS256'));
    const compromised = await activeKid('ES256');
    const { successor } = await world.postern.keys.revoke(compromised, by);
    expect(kidsOf(await fetchKeySet(world.issuer), 'ES256')).toEqual([successor]);
    expect((await tokens()).status).toBe(200);
  });

  it('R18 a damaged key that is revoked or followed by another leaves, also from memory, and readyz is green again', async () => {
    const first = await activeKid('RS256');
    await damage(first);
    await world.postern.oidc.refresh();
    const { kid: second } = await world.postern.keys.rotate('RS256', by);
    await readyzSays(200);
    expect(kidOf((await tokens()).body.id_token)).toBe(second);
    await damage(second);
    const { successor } = await world.postern.keys.revoke(second, by);
    expect(kidOf((await tokens()).body.id_token)).toBe(successor);
    expect(kidsOf(await fetchKeySet(world.issuer))).not.toContain(second);
    await readyzSays(200);
  });

  it('R18 started with it: discovery and userinfo answer, /token says 503 and why, other algorithms sign, nothing is made', async () => {
    const { body } = await tokens();
    const [kid, count] = [await activeKid('RS256'), await keyCount()];
    await world.postern.clients.update('app2', { idTokenSignedResponseAlg: 'ES256' }, by);
    await damage(kid);
    const started = await restart();
    await readyzSays(503);
    expect((await fetch(`${world.issuer}/.well-known/openid-configuration`)).status).toBe(200);
    const set = await fetchKeySet(world.issuer);
    expect(kidsOf(set)).not.toContain(kid);
    expect(set.keys.length).toBe(count - 1);
    const authorization = `Bearer ${body.access_token}`;
    expect((await fetch(`${world.issuer}/userinfo`, { headers: { authorization } })).status).toBe(200);

    const refused = await tokens(started);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.body).toMatchObject({
      error: 'temporarily_unavailable',
      error_description: expect.stringMatching(/no key to sign RS256 with.*administrator/),
    });
    const visitor = started.visitor();
    const answer = await started.signIn(visitor, started.authorizeUrl('app2', { scope: 'openid' }));
    const other = await started.token('app2', started.codeForm('app2', answer.searchParams.get('code')));
    expect(other.status).toBe(200);
    expectHarmless({ ...(await visitor.request('/account')) });
    await started.postern.keys.advance();
    expect(await keyCount(started)).toBe(count);
    // What the administrator is told to do.
    const { successor } = await started.postern.keys.revoke(kid, by);
    expect(kidOf((await tokens(started)).body.id_token)).toBe(successor);
    await readyzSays(200);
  });

  it('R18 J12 started with all of them damaged: no key is published, the library’s own last of all', async () => {
    for (const { kid } of await world.postern.keys.list()) await damage(kid);
    const started = await restart();
    expect((await fetchKeySet(world.issuer)).keys).toEqual([]);
    expect((await tokens(started)).status).toBe(503);
    expect((await fetch(`${world.issuer}/.well-known/openid-configuration`)).status).toBe(200);
  });

  it('N02 R18 the private part of one key in the row of another opens nothing and signs nothing', async () => {
    const [rsa, elliptic] = [await activeKid('RS256'), await activeKid('ES256')];
    await world.postern.db.run(
      'UPDATE keys SET sealed_jwk = (SELECT sealed_jwk FROM keys WHERE kid = ?) WHERE kid = ?',
      [...[elliptic, rsa]],
    );
    const started = await restart();
    expect(kidsOf(await fetchKeySet(world.issuer))).not.toContain(rsa);
    expect((await tokens(started)).status).toBe(503);
  });

  it('R18 a damaged key that does not sign is skipped, and nobody is alarmed', async () => {
    const first = await activeKid('RS256');
    await world.postern.keys.rotate('RS256', by);
    await damage(first);
    const started = await restart();
    expect(kidsOf(await fetchKeySet(world.issuer))).not.toContain(first);
    expect((await tokens(started)).status).toBe(200);
    await readyzSays(200);
  });

  it('R17 the key of cookies is lost: everybody is anonymous, nothing fails, and whoever signs in again stays so', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'), 'admin');
    for (const door of ['/account', '/admin']) await visitor.open(door);
    const page = await visitor.open(world.authorizeUrl('app2', { prompt: 'login' }));
    await world.postern.db.run(`UPDATE data_keys SET sealed_key = ? WHERE purpose = 'cookies'`, [Buffer.alloc(60)]);
    await world.postern.oidc.follow();
    expect(await silently(world, visitor)).toBe('signed in');
    const started = await restart();
    expect(await silently(started, visitor)).toBe('login_required');
    for (const path of ['/account', '/admin', '/logout', '/device', new URL(page.url).pathname]) {
      expectHarmless(await visitor.request(path));
    }
    expect((await visitor.request('/account')).status).toBe(303);
    await started.signIn(visitor, started.authorizeUrl('app'), 'admin');
    expect(await silently(started, visitor)).toBe('signed in');
    expect((await visitor.open('/admin')).status).toBe(200);
    const once = await restart();
    expect(await silently(once, visitor)).toBe('signed in');
  });

  it('R17 N04 a damaged key of cookies keeps nobody from changing the secret, nor from renewing that key', async () => {
    const { db, dataKeys } = world.postern;
    await dataKeys.cookies.rotate(by);
    await db.run(`UPDATE data_keys SET sealed_key = ? WHERE id = 'cookies-1'`, [Buffer.alloc(60)]);
    const [old = ''] = store?.secret ?? [];
    const present = 'the-next-secret-of-this-test-0123456789-0123456789';
    for (const secret of [[present, old], [present]]) {
      store = { ...store, secret };
      const started = await restart();
      expect((await tokens(started)).status).toBe(200);
      await started.postern.dataKeys.cookies.rotate(by);
    }
  });
});

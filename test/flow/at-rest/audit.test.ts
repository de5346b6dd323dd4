import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEventName } from '../../../src/domain/audit/audit.ts';
import { createDevice, enterCode } from '../../support/device.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const newest = async (event: AuditEventName) =>
  (await world.postern.audit.list(world.postern.db, { limit: 1, event })).items[0];
const enter = (name: 'alice' | 'bob') => ({ username: name, password: world.people[name].password });

describe('what the audit says', () => {
  it('a device that is stopped at its code', async () => {
    const { user_code } = await createDevice(world.issuer, { id: 'cli' }).begin();
    const visitor = world.visitor();
    await visitor.submit(await enterCode(visitor, user_code), { abort: 'yes' });
    expect(await newest('device.refused')).toMatchObject({
      ...{ actor: { type: 'anonymous' }, clientId: 'cli', ip: '127.0.0.1' },
      detail: { scopes: ['openid', 'profile'] },
    });
  });

  it('a device that is stopped at the consent, once', async () => {
    const { user_code } = await createDevice(world.issuer, { id: 'cli' }).begin();
    const visitor = world.visitor();
    let page = await visitor.submit(await enterCode(visitor, user_code), { confirm: 'yes' });
    page = await visitor.submit(page, enter('alice'));
    await visitor.submit(page, { do: 'cancel' });
    expect(await newest('device.refused')).toMatchObject({
      ...{ actor: { type: 'account', id: world.people.alice.id }, clientId: 'cli' },
      detail: { scopes: ['openid', 'profile'] },
    });
    expect(await newest('consent.refused')).toBeUndefined();
  });

  it('a session that ends because somebody else signs in', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app'), 'alice');
    expect(await newest('session.ended')).toBeUndefined();
    await visitor.submit(await visitor.open(world.authorizeUrl('app', { prompt: 'login' })), enter('bob'));
    const { id } = world.people.alice;
    expect(await newest('session.ended')).toMatchObject({ accountId: id, detail: { reason: 'switched' } });
  });
});

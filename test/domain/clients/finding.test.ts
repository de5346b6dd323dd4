import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientsOptions } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom } from './room.ts';

const by = { by: { type: 'account' as const, id: 'acc_admin' }, ip: '192.0.2.1', requestId: 'r1' };
const web = { id: 'app', redirectUris: ['https://rp.example/cb'] };

describe.each(databases)('finding clients on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (options: Partial<ClientsOptions> = {}) => openRoom(opened.db, options);

  describe('finding clients', () => {
    const fill = async ({ clients }: ReturnType<typeof room>) => {
      for (const [id, name] of [
        ['c', 'Über uns'],
        ['a', 'Grafana'],
        ['b', '100%_sure'],
      ] as const) {
        await clients.create({ ...web, id, name }, by);
      }
    };

    it('lists by id, page by page', async () => {
      const house = room();
      await fill(house);
      const first = await house.clients.list({ limit: 2 });
      expect(first.items.map(({ id }) => id)).toEqual(['a', 'b']);
      const second = await house.clients.list({ limit: 2, after: first.next });
      expect(second).toMatchObject({ items: [{ id: 'c' }], next: undefined });
      expect(await house.clients.count()).toBe(3);
    });

    it.each([
      ['GRAF', ['a']],
      ['über', ['c']],
      ['%', ['b']],
      ['_', ['b']],
      ['c', ['c']],
      ["'; DROP TABLE clients", []],
    ])('M11 finds %j in ids and names as it stands', async (search, ids) => {
      const house = room();
      await fill(house);
      const { items } = await house.clients.list({ limit: 50, search });
      expect(items.map(({ id }) => id)).toEqual(ids);
    });

    it('M11 a cursor that was not handed out is refused with 400', async () => {
      const { clients } = room();
      for (const after of [
        'x',
        '',
        Buffer.from('[1]').toString('base64url'),
        Buffer.from('["a","b"]').toString('base64url'),
      ]) {
        await expect(clients.list({ limit: 5, after })).rejects.toMatchObject({ cause: { httpStatus: 400 } });
      }
    });

    it('tells who uses a group or an attribute, and where', async () => {
      const { clients, groups, attributes } = room();
      await groups.create({ name: 'ops' }, by);
      await attributes.create({ name: 'floor', type: 'string' }, by);
      await clients.create({ ...web, access: ['ops'], roles: { admin: ['ops'] } }, by);
      await clients.create({ ...web, id: 'other', claims: [{ attribute: 'floor', name: 'groups' }] }, by);
      expect(await clients.usesOfGroup('ops')).toEqual([
        { clientId: 'app', where: 'access[0]' },
        { clientId: 'app', where: 'roles.admin[0]' },
      ]);
      expect(await clients.usesOfAttribute('floor')).toEqual([{ clientId: 'other', where: 'claims[0].attribute' }]);
      expect(await clients.usesOfGroup('floor')).toEqual([]);
    });

    it('tells whose ID tokens an algorithm signs, also of who is disabled; RS256 where nothing is said', async () => {
      const { clients } = room();
      await clients.create(web, by);
      await clients.create({ ...web, id: 'curve', idTokenSignedResponseAlg: 'ES256', disabled: true }, by);
      const [where, ids] = ['idTokenSignedResponseAlg', { RS256: 'app', ES256: 'curve' }] as const;
      for (const name of ['RS256', 'ES256'] as const) {
        expect(await clients.usesOfAlgorithm(name)).toEqual([{ clientId: ids[name], where }]);
      }
      expect(await clients.usesOfAlgorithm('EdDSA')).toEqual([]);
    });

    it('tells of all whether they work: not who is disabled, nor in serve what dev has left', async () => {
      const { clients } = room();
      await clients.create(web, by);
      await clients.create({ ...web, id: 'off', disabled: true }, by);
      await clients.ensureSample({ ...web, id: 'demo' });
      const usable = async (from: typeof clients) => (await from.all()).map(({ id, isUsable }) => [id, isUsable]);
      expect(await usable(clients)).toEqual([
        ['app', true],
        ['demo', true],
        ['off', false],
      ]);
      expect(await usable(room({ mode: 'serve' }).clients)).toEqual([
        ['app', true],
        ['demo', false],
        ['off', false],
      ]);
    });
  });

  it("Postern's own pages are clients for the engine alone", async () => {
    const { clients } = room({ mode: 'serve', issuer: 'https://id.example' });
    for (const [id, redirectUri] of [
      ['postern-account', 'https://id.example/account/callback'],
      ['postern-admin', 'https://id.example/admin/callback'],
    ] as const) {
      const metadata = await clients.metadata(id);
      expect(metadata).toMatchObject({ redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' });
      expect(await clients.metadata(id)).toBe(metadata);
      expect(await clients.find(id)).toBeUndefined();
    }
    expect(await clients.list({ limit: 5 })).toMatchObject({ items: [] });
  });
});

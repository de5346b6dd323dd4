import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/ids.ts';
import type { ClientsOptions } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom } from './room.ts';

const by = { by: { type: 'account' as const, id: 'acc_admin' }, ip: '192.0.2.1', requestId: 'r1' };
const file = { by: { type: 'operator' as const }, source: 'file' as const };
const strong = '0123456789abcdefghijABCDEFGHIJ_-0123456789abc';
const web = { id: 'app', redirectUris: ['https://rp.example/cb'] };

describe.each(databases)('clients of the file on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (options: Partial<ClientsOptions> = {}) => openRoom(opened.db, options);
  const rows = () => opened.db.all<{ id: string; version: number }>('SELECT * FROM clients ORDER BY id');

  describe('the file', () => {
    const entry = { ...web, secretHash: digest(strong) };
    const applied = async ({ clients }: ReturnType<typeof room>, input: object = entry) => {
      const id = (input as { id: string }).id;
      const current = await clients.find(id);
      const prepared = await clients.prepare(input, { current, declared: true });
      const client = await opened.db.transaction((tx) =>
        current ? clients.changeIn(tx, current, prepared, file) : clients.insertIn(tx, prepared, file),
      );
      return { client, prepared };
    };

    it('owns what it declares: nobody else changes that', async () => {
      const house = room();
      const { client } = await applied(house);
      expect(client).toMatchObject({ origin: 'file', secretsDeclared: true });
      const declared = { code: 'conflict', message: expect.stringContaining('declared in the file') };
      const { clients } = house;
      const [{ id: secretId = '' } = {}] = client.secrets;
      for (const attempt of [
        () => clients.update('app', { name: 'x' }, by),
        () => clients.remove('app', by),
        () => clients.setDisabled('app', true, by),
        () => clients.addSecret('app', {}, by),
        () => clients.retireSecret('app', secretId, by),
      ]) {
        await expect(attempt()).rejects.toMatchObject(declared);
      }
      expect(await rows()).toMatchObject([{ version: 1 }]);
    });

    it('changes nothing when it says the same again', async () => {
      const house = room();
      const { client } = await applied(house);
      house.clock.advance(5000);
      const again = await applied(house);
      expect(again).toMatchObject({ client, prepared: { secretsChange: false } });
      expect(await house.events()).toEqual(['client.created']);
    });

    it('is the whole truth: what it leaves out is as in a new client, but for the secrets', async () => {
      const house = room();
      await applied(house, { ...entry, name: 'App', firstParty: true, disabled: true });
      const { client, prepared } = await applied(house, web);
      expect(client).toMatchObject({ name: 'app', firstParty: false, disabled: false, secretsDeclared: false });
      expect(prepared.secretsChange).toBe(false);
      expect(client.secrets).toHaveLength(1);
      expect((await house.clients.addSecret('app', {}, by)).client.secrets).toHaveLength(2);
    });

    it('adopts a client that somebody made, and says so in the log', async () => {
      const house = room();
      await house.clients.create({ ...web, secret: strong }, by);
      const { client } = await applied(house);
      expect(client.origin).toBe('file');
      expect((await house.log())[0]).toMatchObject({
        event: 'client.updated',
        detail: { before: { origin: 'admin' }, after: { origin: 'file' } },
      });
    });

    it('changes secrets to exactly those it names, and a known one keeps its beginning', async () => {
      const house = room();
      const { client } = await applied(house);
      house.clock.advance(5000);
      const end = house.clock.now() + 60_000;
      const both = { ...web, secretHashes: [{ hash: digest(strong), expiresAt: end }, { hash: digest('new') }] };
      const { client: changed, prepared } = await applied(house, both);
      expect(prepared.secretsChange).toBe(true);
      expect(changed.secrets).toMatchObject([
        { id: client.secrets[0]?.id, createdAt: client.secrets[0]?.createdAt, expiresAt: end },
        { createdAt: house.clock.now(), expiresAt: null },
      ]);
      expect(await house.clients.exportSecrets('app')).toMatchObject([
        { hash: digest(strong) },
        { hash: digest('new') },
      ]);
      house.clock.advance(60_000);
      expect(await house.clients.exportSecrets('app')).toMatchObject([{ hash: digest('new') }]);
      expect((await applied(house, both)).prepared.secretsChange).toBe(false);
      expect(JSON.stringify([prepared.client, await house.log()])).not.toContain(digest('new'));
    });

    it('needs to say what secret a new client has, or that it is made elsewhere', async () => {
      const { clients } = room();
      await expect(clients.prepare(web, { declared: true })).rejects.toMatchObject({ fields: [{ path: 'secret' }] });
      const { client } = await applied(room(), { ...web, secretHashes: [] });
      expect(client).toMatchObject({ secrets: [], secretsDeclared: false });
      expect((await clients.addSecret('app', {}, by)).client.secrets).toHaveLength(1);
    });

    it('meets groups that come with it in the same transaction; without them nothing is written', async () => {
      const { clients, groups } = room();
      const input = { ...entry, access: ['engineering'] };
      const prepared = await clients.prepare(input, { declared: true });
      const alone = opened.db.transaction((tx) => clients.insertIn(tx, prepared, file));
      await expect(alone).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'access[0]' }] });
      expect(await rows()).toEqual([]);
      await opened.db.transaction(async (tx) => {
        await groups.createIn(tx, { name: 'engineering' }, file);
        await clients.insertIn(tx, prepared, file);
      });
      expect(await clients.find('app')).toMatchObject({ access: ['engineering'] });
    });

    it('starts again when the row has moved since it was read', async () => {
      const house = room();
      const { client } = await applied(house);
      const prepared = await house.clients.prepare({ ...entry, name: 'New' }, { current: client, declared: true });
      await applied(house, { ...entry, name: 'Newer' });
      const late = opened.db.transaction((tx) => house.clients.changeIn(tx, client, prepared, file));
      await expect(late).rejects.toMatchObject({ code: 'conflict', cause: { httpStatus: 412 } });
    });
  });
});

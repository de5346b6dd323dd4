import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/ids.ts';
import { type ClientsOptions, entryOf } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom } from './room.ts';

const by = { by: { type: 'account' as const, id: 'acc_admin' }, ip: '192.0.2.1', requestId: 'r1' };
const strong = '0123456789abcdefghijABCDEFGHIJ_-0123456789abc';
const web = { id: 'app', redirectUris: ['https://rp.example/cb'] };

describe.each(databases)('administering clients on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (options: Partial<ClientsOptions> = {}) => openRoom(opened.db, options);
  const rows = () => opened.db.all<{ id: string; version: number }>('SELECT * FROM clients ORDER BY id');

  describe('a new client', () => {
    it('lets nobody in in serve, everybody in dev, unless it says whom', async () => {
      const served = room({ mode: 'serve' });
      expect((await served.clients.create(web, by)).client.access).toBe('nobody');
      expect((await served.clients.metadata('app'))?.postern_access).toEqual([]);
      await served.groups.create({ name: 'engineering' }, by);
      const said = await served.clients.create({ ...web, id: 'said', access: ['engineering'] }, by);
      expect(said.client.access).toEqual(['engineering']);
      expect((await room().clients.create({ ...web, id: 'mine' }, by)).client.access).toBe('everybody');
    });

    it('tells everything that is wrong at once: the schema, the rules, groups, attributes and the engine', async () => {
      const refusal = Object.assign(new Error('x'), { error_description: 'default_acr_values must be supported' });
      const { clients, events } = room({ validate: () => Promise.reject(refusal) });
      const input = {
        ...{ ...web, pkce: 'optional' as const, tokenEndpointAuthMethod: 'none' as const, access: ['ghosts'] },
        ...{ roles: { admin: ['spectres'] }, claims: [{ attribute: 'floor' }] },
      };
      await expect(clients.create(input, by)).rejects.toMatchObject({
        code: 'invalid',
        fields: [
          { path: 'pkce' },
          { path: 'access[0]', message: expect.stringContaining('create it first: postern group add ghosts') },
          { path: 'roles.admin[0]' },
          { path: 'claims[0].attribute' },
          { path: 'defaultAcrValues', message: 'must be supported' },
        ],
      });
      expect(await rows()).toEqual([]);
      expect(await events()).toEqual([]);
    });

    it('tells what is wrong with groups, attributes and secrets beside what has the wrong form', async () => {
      const { clients } = room();
      const input = {
        ...{ ...web, redirectUris: ['http://rp.example/cb'], colour: 'red', scope: 'a  b', access: ['ghosts'] },
        ...{ roles: { admin: ['spectres'] }, claims: [{ attribute: 'floor' }] },
      };
      const paths = ['colour', 'redirectUris[0]', 'scope'];
      await expect(clients.create(input as never, by)).rejects.toMatchObject({
        fields: expect.toSatisfy((fields: { path: string }[]) => {
          expect(fields.map(({ path }) => path).sort()).toEqual(
            [...paths, 'access[0]', 'claims[0].attribute', 'roles.admin[0]'].sort(),
          );
          return true;
        }),
      });
      const declared = await clients.prepare(input, { declared: true }).catch((error) => error);
      expect(declared.fields.map(({ path }: { path: string }) => path).sort()).toEqual([...paths, 'secret'].sort());
    });

    it('is told of in one event, without secrets', async () => {
      const { clients, log } = room();
      const { secret = '' } = await clients.create(web, by);
      const events = await log();
      expect(events).toMatchObject([
        {
          ...{ event: 'client.created', clientId: 'app', actor: by.by, ip: by.ip, requestId: by.requestId },
          detail: { origin: 'admin', after: { redirectUris: web.redirectUris, access: 'everybody' } },
        },
      ]);
      for (const hidden of [secret, digest(secret)]) expect(JSON.stringify(events)).not.toContain(hidden);
    });

    it.each(['postern-account', 'postern-admin'])('can not be called %s', async (id) => {
      const { clients } = room();
      await expect(clients.create({ ...web, id }, by)).rejects.toMatchObject({ code: 'conflict' });
      expect(await clients.registerOnFirstUse({ clientId: id, redirectUri: 'http://localhost/cb' })).toMatchObject({
        outcome: 'refused',
      });
      expect(await rows()).toEqual([]);
    });
  });

  describe('changing a client', () => {
    it('changes what is named, takes away what is null and keeps the rest, secrets too', async () => {
      const { clients, log } = room();
      await clients.create(
        { ...web, name: 'App', tosUri: 'https://rp.example/tos', firstParty: true, secret: strong },
        by,
      );
      const before = await clients.metadata('app');
      const changed = await clients.update('app', { name: 'Other', tosUri: null, access: 'nobody' }, by);
      expect(changed).toMatchObject({
        name: 'Other',
        tosUri: undefined,
        firstParty: true,
        access: 'nobody',
        version: 2,
      });
      expect(await clients.find('app')).toEqual(changed);
      expect((await clients.metadata('app'))?.postern_secrets).toEqual(before?.postern_secrets);
      expect((await log())[0]).toMatchObject({
        event: 'client.updated',
        detail: {
          before: { name: 'App', tosUri: 'https://rp.example/tos', access: 'everybody' },
          after: { name: 'Other', tosUri: null, access: 'nobody' },
        },
      });
    });

    it('writes nothing when nothing is different', async () => {
      const { clients, events } = room();
      const { client } = await clients.create(web, by);
      expect(await clients.update('app', { name: 'app', redirectUris: web.redirectUris }, by)).toEqual(client);
      expect(await events()).toEqual(['client.created']);
    });

    it('M03 refuses what no change may carry and what nobody knows, all at once', async () => {
      const { clients } = room();
      await clients.create(web, by);
      const change = { id: 'other', secret: strong, secretHash: digest('x'), secretHashes: [] };
      await expect(clients.update('app', change as never, by)).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ path: 'id' }, { path: 'secret' }, { path: 'secretHash' }, { path: 'secretHashes' }],
      });
      const odd = {
        origin: 'file',
        version: 9,
        createdAt: 1,
        authUndecided: true,
        redirectUris: ['http://rp.example/'],
      };
      await expect(clients.update('app', odd as never, by)).rejects.toMatchObject({
        fields: [
          { path: 'origin' },
          { path: 'version' },
          { path: 'createdAt' },
          { path: 'authUndecided' },
          { path: 'redirectUris[0]' },
        ],
      });
      expect(await rows()).toMatchObject([{ id: 'app', version: 1 }]);
    });

    it('A04 G06 holds a change to the rules of a registration', async () => {
      const { clients } = room({ mode: 'serve' });
      await clients.create(web, by);
      for (const change of [
        { redirectUris: ['javascript:alert(1)'] },
        { policyUri: 'javascript:alert(1)' },
        { logoUri: 'data:text/html,x' },
        { redirectUris: [] },
      ]) {
        await expect(clients.update('app', change, by)).rejects.toMatchObject({ code: 'invalid' });
      }
      expect(await rows()).toMatchObject([{ version: 1 }]);
    });

    it('is refused with 412 when somebody else was faster, and of eight at once one wins', async () => {
      const { clients, events } = room();
      await clients.create(web, by);
      const stale = { code: 'conflict', cause: { httpStatus: 412 } };
      await expect(clients.update('app', { name: 'x' }, { ...by, ifVersion: 7 })).rejects.toMatchObject(stale);
      const all = Array.from({ length: 8 }, (_, n) =>
        clients.update('app', { name: `n${n}` }, { ...by, ifVersion: 1 }),
      );
      const outcomes = await Promise.allSettled(all);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(stale);
      expect(await events()).toEqual(['client.created', 'client.updated']);
    });

    it('without a version the changes of eight at once are all there', async () => {
      const { clients } = room();
      await clients.create(web, by);
      const members = ['clientUri', 'logoUri', 'policyUri', 'tosUri', 'initiateLoginUri'] as const;
      await Promise.all(members.map((member) => clients.update('app', { [member]: 'https://rp.example/p' }, by)));
      expect(await clients.find('app')).toMatchObject({
        ...Object.fromEntries(members.map((member) => [member, 'https://rp.example/p'])),
        version: 6,
      });
    });

    it('a public client has no secrets any more; one that becomes confidential gets its first by adding one', async () => {
      const { clients } = room();
      await clients.create({ ...web, secret: strong }, by);
      expect((await clients.update('app', { tokenEndpointAuthMethod: 'none' }, by)).secrets).toEqual([]);
      expect((await clients.update('app', { tokenEndpointAuthMethod: 'client_secret_post' }, by)).secrets).toEqual([]);
      const { secret, client } = await clients.addSecret('app', {}, by);
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(client.secrets).toHaveLength(1);
    });

    it('another kind brings its own defaults, but for what the change says', async () => {
      const { clients } = room();
      const given = { kind: 'web', pkce: 'optional', responseTypes: ['code', 'id_token'] } as const;
      const grants = ['authorization_code', 'implicit', 'refresh_token'] as const;
      await clients.create({ ...web, ...given, responseTypes: [...given.responseTypes], grantTypes: [...grants] }, by);
      await clients.create({ id: 'fresh', kind: 'machine' }, by);
      const fresh = await clients.find('fresh');
      const kept = clients.update('app', { kind: 'machine' }, by);
      await expect(kept).rejects.toMatchObject({ code: 'invalid', fields: [{ path: 'grantTypes' }] });
      const changed = await clients.update('app', { kind: 'machine', redirectUris: [] }, by);
      for (const member of ['grantTypes', 'responseTypes', 'tokenEndpointAuthMethod', 'pkce'] as const) {
        expect([member, changed[member]]).toEqual([member, fresh?.[member]]);
      }
      const tokenEndpointAuthMethod = 'client_secret_post';
      const back = await clients.update(
        'app',
        { redirectUris: web.redirectUris, kind: 'web', tokenEndpointAuthMethod },
        by,
      );
      expect(back).toMatchObject({ kind: 'web', tokenEndpointAuthMethod, responseTypes: ['code'], pkce: 'required' });
      // The same kind once more is no other one.
      expect(await clients.update('app', { kind: 'web', name: 'x' }, by)).toMatchObject({ tokenEndpointAuthMethod });
    });

    it('a client of first use stays undecided until somebody says how it authenticates', async () => {
      const { clients } = room();
      await clients.registerOnFirstUse({ clientId: 'mine', redirectUri: 'http://localhost:3000/cb' });
      expect(await clients.update('mine', { name: 'Mine' }, by)).toMatchObject({
        ...{ name: 'Mine', authUndecided: true, origin: 'first_use', pkce: 'optional', scope: undefined },
      });
      expect(await clients.update('mine', { tokenEndpointAuthMethod: 'none' }, by)).toMatchObject({
        authUndecided: false,
      });
    });

    it('of nobody is not_found', async () => {
      const { clients } = room();
      const missing = { code: 'not_found' };
      await expect(clients.update('nobody', { name: 'x' }, by)).rejects.toMatchObject(missing);
      await expect(clients.remove('nobody', by)).rejects.toMatchObject(missing);
      await expect(clients.setDisabled('nobody', true, by)).rejects.toMatchObject(missing);
      await expect(clients.update('postern-admin', { name: 'x' }, by)).rejects.toMatchObject(missing);
    });

    it('M13 is undone when it cannot be logged', async () => {
      const { clients } = room();
      await clients.create(web, by);
      const audit = { record: () => Promise.reject(new Error('the log is full')) };
      const { clients: unlogged } = room({ audit });
      const attempts = [
        () => unlogged.create({ ...web, id: 'other' }, by),
        () => unlogged.update('app', { name: 'x' }, by),
        () => unlogged.setDisabled('app', true, by),
        () => unlogged.addSecret('app', {}, by),
        () => unlogged.remove('app', by),
      ];
      const before = await rows();
      for (const attempt of attempts) await expect(attempt()).rejects.toThrow('the log is full');
      expect(await rows()).toEqual(before);
    });
  });

  describe('removing a client', () => {
    it('takes its row and what it was granted', async () => {
      const { clients, ended, log } = room();
      const { client } = await clients.create(web, by);
      await expect(clients.remove('app', { ...by, ifVersion: 2 })).rejects.toMatchObject({
        cause: { httpStatus: 412 },
      });
      await clients.remove('app', { ...by, ifVersion: 1 });
      expect(await rows()).toEqual([]);
      expect(await clients.metadata('app')).toBeUndefined();
      expect(ended).toEqual(['app']);
      const { id: _, ...before } = entryOf(client);
      expect((await log())[0]).toMatchObject({ event: 'client.deleted', clientId: 'app', detail: { before } });
    });
  });
});

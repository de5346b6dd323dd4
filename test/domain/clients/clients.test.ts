import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digest } from '../../../src/base/ids.ts';
import { type ClientsOptions, sampleClients, secretMatches } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { openRoom } from './room.ts';

const by = { by: { type: 'operator' as const } };
const strong = '0123456789abcdefghijABCDEFGHIJ_-0123456789abc';
const web = { id: 'app', redirectUris: ['https://rp.example/cb'] };

describe.each(databases)('clients on $name', ({ open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  const room = (options: Partial<ClientsOptions> = {}) => openRoom(opened.db, options);

  describe('registering', () => {
    it('N11 makes a secret, tells it once and keeps its hash', async () => {
      const { clients, events } = room({ mode: 'serve' });
      const { client, secret } = await clients.create(web, by);
      expect(Buffer.from(secret ?? '', 'base64url')).toHaveLength(32);
      expect(await clients.find('app')).toEqual(client);
      const metadata = await clients.metadata('app');
      expect(secretMatches(metadata?.postern_secrets ?? [], secret ?? '', 0)).toBe(true);
      expect(metadata?.postern_secrets).toEqual([{ hash: digest(secret ?? ''), expires_at: null }]);
      expect(JSON.stringify(await opened.db.all('SELECT * FROM clients'))).not.toContain(secret);
      expect(JSON.stringify([client, await clients.find('app')])).not.toContain(digest(secret ?? ''));
      expect(await events()).toEqual(['client.created']);
    });

    it('gives the engine the same JSON each time', async () => {
      const { clients } = room();
      await clients.create({ ...web, secret: strong, scope: 'openid api', resourceServer: true, firstParty: true }, by);
      const [first, second] = [await clients.metadata('app'), await clients.metadata('app')];
      expect(JSON.stringify(first)).toBe(JSON.stringify(second));
      expect(first).toMatchObject({
        client_id: 'app',
        client_name: 'app',
        scope: 'openid',
        postern_origin: 'admin',
        postern_scopes: ['openid', 'api'],
        postern_resource_server: true,
        postern_first_party: true,
      });
    });

    it('a taken id is a conflict, also for eight at once', async () => {
      const { clients, events } = room();
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => clients.create(web, by)));
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
      }
      expect(await events()).toEqual(['client.created']);
    });

    it('B14 the id of an account is a conflict, and nothing is written', async () => {
      const { clients, events } = room();
      await expect(clients.create({ id: 'acc_abc' }, by)).rejects.toMatchObject({ code: 'conflict' });
      expect(await opened.db.all('SELECT id FROM clients')).toEqual([]);
      expect(await events()).toEqual([]);
    });

    it('what the engine refuses is invalid, with its words, and nothing is written', async () => {
      const refusal = Object.assign(new Error('invalid_client_metadata'), { error_description: 'keys are odd' });
      const { clients } = room({ validate: () => Promise.reject(refusal) });
      await expect(clients.create(web, by)).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ path: '', message: 'is refused: keys are odd' }],
      });
      const { clients: broken } = room({ validate: () => Promise.reject(new Error('bug')) });
      await expect(broken.create(web, by)).rejects.toThrow('bug');
      expect(await opened.db.all('SELECT id FROM clients')).toEqual([]);
    });

    it('A04 A08 bad redirect URIs are invalid, in every mode', async () => {
      for (const mode of ['dev', 'testing', 'serve'] as const) {
        const { clients } = room({ mode });
        for (const uri of [
          'javascript:alert(1)',
          'https://*.rp.example/cb',
          'https://a@rp.example/cb',
          'http://rp.example/cb',
        ]) {
          await expect(clients.create({ id: 'x', redirectUris: [uri] }, by)).rejects.toMatchObject({
            code: 'invalid',
            fields: [{ path: 'redirectUris[0]' }],
          });
        }
      }
    });

    it('A09 a disabled client is as absent as an unknown one, until it is enabled', async () => {
      const { clients, events } = room();
      await clients.create(web, by);
      await clients.setDisabled('app', true, by);
      await clients.setDisabled('app', true, by);
      expect(await clients.metadata('app')).toBeUndefined();
      expect(await clients.metadata('unknown')).toBeUndefined();
      expect(await clients.registerOnFirstUse({ clientId: 'app', redirectUri: 'http://localhost/cb' })).toEqual({
        outcome: 'refused',
        reason: 'disabled',
      });
      await clients.setDisabled('app', false, by);
      expect(await clients.metadata('app')).toBeDefined();
      expect(await events()).toEqual(['client.created', 'client.disabled', 'client.enabled']);
      await expect(clients.setDisabled('unknown', true, by)).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('samples', () => {
    const [demo] = sampleClients('http://localhost:4400');
    if (!demo) throw new Error('there is a sample');

    it('demo has its weak secret and may ask for every scope', async () => {
      const { clients } = room();
      expect(await clients.ensureSample(demo)).toBe(true);
      const metadata = await clients.metadata('demo');
      expect(secretMatches(metadata?.postern_secrets ?? [], 'demo-secret', 0)).toBe(true);
      expect(metadata).toMatchObject({ postern_scopes: true, postern_origin: 'sample' });
      expect(metadata?.redirect_uris).toContain('http://localhost:4400/start/done');
    });

    it('demo learns the address of an issuer that moved, and keeps the rest', async () => {
      const { clients } = room();
      await clients.ensureSample(demo);
      await clients.registerOnFirstUse({ clientId: 'demo', redirectUri: 'http://localhost:9999/cb' });
      for (const moved of sampleClients('http://localhost:4401')) {
        expect(await clients.ensureSample(moved)).toBe(false);
      }
      expect((await clients.find('demo'))?.redirectUris).toEqual(
        expect.arrayContaining([
          'http://localhost:4400/start/done',
          'http://localhost:4401/start/done',
          'http://localhost:9999/cb',
        ]),
      );
    });

    it('demo returns to an issuer with an http name, as containers have; nobody else may, and demo nowhere else', async () => {
      const issuer = 'http://postern:4400';
      const { clients } = room();
      for (const sample of sampleClients(issuer)) {
        expect(await clients.ensureSample(sample, issuer)).toBe(true);
        const elsewhere = { ...sample, id: 'other', redirectUris: ['http://postern:4401/start/done'] };
        await expect(clients.ensureSample(elsewhere, issuer)).rejects.toMatchObject({
          code: 'invalid',
        });
      }
      const mine = { id: 'mine', redirectUris: [`${issuer}/start/done`] };
      await expect(clients.create(mine, by)).rejects.toMatchObject({ code: 'invalid' });
    });

    it('what dev left does not exist in serve', async () => {
      const { clients } = room();
      await clients.ensureSample(demo);
      await clients.registerOnFirstUse({ clientId: 'mine', redirectUri: 'http://localhost/cb' });
      const { clients: served } = room({ mode: 'serve' });
      expect(await served.metadata('demo')).toBeUndefined();
      expect(await served.metadata('mine')).toBeUndefined();
      await expect(served.ensureSample(demo)).rejects.toMatchObject({ code: 'forbidden' });
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleAccounts } from '../../../src/domain/accounts/accounts.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { createRoom, openRoom, operator } from './room.ts';

const circumstances = { clientId: 'demo', ip: '192.0.2.1', requestId: 'r' };

describe.each(databases)('the picker on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let room: Awaited<ReturnType<typeof openRoom>>;
  beforeEach(async () => {
    opened = await open();
    room = await openRoom(opened.db);
  });
  afterEach(() => opened.close());

  /** The room with the samples in it that are not there yet. */
  async function roomWith(picker: boolean) {
    const { accounts } = createRoom(room.db, { picker });
    for (const sample of sampleAccounts) await accounts.ensure(sample, { by: operator, exemptFromPolicy: true });
    return accounts;
  }
  const signIns = async () =>
    (await room.audit.list(room.db, { limit: 100 })).items.filter(({ event }) => event.startsWith('signin.'));

  it('signs a sample person in, and the audit knows it', async () => {
    const accounts = await roomWith(true);
    const carol = await accounts.pick('carol', circumstances);
    expect(carol).toMatchObject({ username: 'carol', disabled: false });
    expect(await signIns()).toMatchObject([
      { event: 'signin.succeeded', accountId: carol.id, ...circumstances, detail: { method: 'picker' } },
    ]);
  });

  it('refuses a disabled one; the audit has the reason and no name', async () => {
    const accounts = await roomWith(true);
    await accounts.setDisabled((await accounts.findByUsername('carol'))?.id ?? '', true, { by: operator });
    await expect(accounts.pick('carol', circumstances)).rejects.toMatchObject({ code: 'forbidden' });
    const [refused] = await signIns();
    expect(refused).toMatchObject({ event: 'signin.failed', ...circumstances, detail: { reason: 'disabled' } });
    expect(JSON.stringify(refused?.detail)).not.toContain('carol');
  });

  it('knows nobody but the samples, however the name is written', async () => {
    const accounts = await roomWith(true);
    await accounts.create({ username: 'mara', password: 'seven quiet lanterns drift' }, { by: operator });
    for (const username of ['mara', 'nobody', 'CAROL', 'carol@example.test', '']) {
      await expect(accounts.pick(username, circumstances), username).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(await signIns()).toEqual([]);
  });

  it('offers and picks nobody where it is off, although the samples are there', async () => {
    const accounts = await roomWith(false);
    expect(await accounts.findByUsername('carol')).toBeDefined();
    expect(await accounts.samples()).toEqual([]);
    await expect(accounts.pick('carol', circumstances)).rejects.toMatchObject({ code: 'invalid' });
  });
});

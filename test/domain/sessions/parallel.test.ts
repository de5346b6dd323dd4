/** What is issued while everything of a person or a client ends must not outlive it (security.md C08, M09). */
import { describe, expect, it } from 'vitest';
import { databases } from '../../support/databases.ts';
import { newKeys } from '../records/room.ts';
import { fresh, openSessions } from './room.ts';

const rounds = 10;

const disabled = { reason: 'account_disabled', circumstances: { by: { type: 'system' } } } as const;

describe.each(databases.slice(1))('over $name', ({ open }) => {
  it.each(['account', 'client'] as const)(
    'C08 M09 tokens and grants written while a person’s or a client’s end (%s) go with them',
    async (holder) => {
      const opened = await open();
      const keys = newKeys();
      const { sessions, grant, clock } = openSessions(opened.db, keys);
      // Another node, with memory of its own.
      const { records } = openSessions(opened.db, keys, clock);
      for (let round = 0; round < rounds; round++) {
        const [alice, client] = [fresh('acc'), fresh('client')];
        const grants = [await grant(alice, client), await grant(alice, client, 'openid offline_access')];
        const tokens: string[] = [];
        const issue = async (grantId: string) => {
          const id = fresh('rt');
          tokens.push(id);
          await records.upsert('RefreshToken', id, { jti: id, grantId, accountId: alice, clientId: client }, 60);
        };
        const save = (id: string) =>
          records.upsert('Grant', id, { jti: id, accountId: alice, clientId: client, openid: { scope: 'openid' } }, 60);
        const end = () =>
          opened.db.transaction<unknown>((tx) =>
            holder === 'account' ? sessions.endAllIn(tx, alice, disabled) : sessions.endClientIn(tx, client),
          );
        const writes = grants.flatMap(({ id }) => [issue(id), save(id), issue(id), save(id)]);
        await Promise.all([...writes, end(), ...grants.flatMap(({ id }) => [issue(id), save(id)])]);
        for (const { id, token } of grants) {
          expect(await records.find('Grant', id)).toBeUndefined();
          expect(await records.find('RefreshToken', token)).toBeUndefined();
        }
        for (const token of tokens) expect(await records.find('RefreshToken', token)).toBeUndefined();
      }
      await opened.close();
    },
  );
});

/** A removal beside a change that names what is removed: one of the two has to give way, whoever is faster. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Db } from '../../../src/db/db.ts';
import { createAccess } from '../../../src/domain/access/access.ts';
import type { ClientsOptions } from '../../../src/domain/clients/clients.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { byOperator, createRoom } from '../accounts/room.ts';
import { openRoom } from '../clients/room.ts';

const web = { id: 'app', redirectUris: ['https://rp.example/cb'], access: 'nobody' as const };

function house(db: Database, options: Partial<ClientsOptions> = {}) {
  const people = createRoom(db, { createsGroups: false });
  const { clients } = openRoom(db, { mode: 'serve', ...options });
  const rooms = { ...people, clients, adminGroups: ['admins'], readGroups: [] };
  return { ...rooms, access: createAccess(rooms) };
}

/** Who names it, and how that is asked for afterwards. */
const namings = {
  'a client by its access rule': { what: 'group', change: { access: ['thing'] } },
  'a client by a role': { what: 'group', change: { roles: { editor: ['thing'] } } },
  'a client by a claim rule': { what: 'attribute', change: { claims: [{ attribute: 'thing' }] } },
  'an account by membership': { what: 'group', account: { groups: ['thing'] } },
  'an account by a value': { what: 'attribute', account: { attributes: { thing: 'x' } } },
} as const;

describe.each(databases)('on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  async function furnished(what: 'group' | 'attribute', options: Partial<ClientsOptions> = {}) {
    const rooms = house(opened.db, options);
    await house(opened.db).clients.create(web, byOperator);
    if (what === 'group') await rooms.groups.create({ name: 'thing' }, byOperator);
    else await rooms.attributes.create({ name: 'thing', type: 'string' }, byOperator);
    const remove = () =>
      what === 'group'
        ? rooms.access.removeGroup('thing', byOperator)
        : rooms.access.removeAttribute('thing', byOperator);
    const isThere = async () =>
      (await (what === 'group' ? rooms.groups : rooms.attributes).find('thing')) !== undefined;
    return { ...rooms, remove, isThere };
  }

  it.each(['group', 'attribute'] as const)(
    'a client does not come to name the %s that went while it was checked',
    async (what) => {
      let meanwhile: (() => Promise<void>) | undefined;
      // The engine's check is the last thing before the transaction.
      const rooms = await furnished(what, { validate: async () => meanwhile?.() });
      meanwhile = rooms.remove;
      const change = what === 'group' ? { access: ['thing'] } : { claims: [{ attribute: 'thing' }] };
      await expect(rooms.clients.update('app', change, byOperator)).rejects.toMatchObject({ code: 'invalid' });
      expect(await rooms.isThere()).toBe(false);
      expect(await rooms.clients.find('app')).toMatchObject({ access: 'nobody', claims: [] });
    },
  );

  if (name === 'PostgreSQL')
    it.each(Object.entries(namings))(
      'a removal waits for %s that is being written, and is refused or takes it along',
      async (_who, naming) => {
        const { what } = naming;
        const { db } = opened;
        const { remove, isThere, accounts, clients } = await furnished(what);
        let removal: Promise<unknown> | undefined;
        const writing = async (tx: Db) => {
          if ('account' in naming) {
            const prepared = await accounts.prepare({ username: 'bob', ...naming.account } as never);
            await accounts.insertIn(tx, prepared, byOperator);
          } else {
            const current = { id: 'app', version: 1 };
            const prepared = await clients.prepare({ ...web, ...naming.change }, { current });
            await clients.changeIn(tx, current, prepared, byOperator);
          }
          let isOver = false;
          removal = remove().then(
            () => 'removed',
            (error: { code: string }) => error.code,
          );
          void removal.then(() => {
            isOver = true;
          });
          const isWaiting = `SELECT 1 AS one FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`;
          while (!isOver && !(await db.get(isWaiting)));
        };
        await db.transaction(writing);
        const outcome = await removal;
        const account = await accounts.findByUsername('bob');
        if (naming.what === 'group' && 'account' in naming) {
          expect([outcome, await isThere(), account?.groups]).toEqual(['removed', false, []]);
        } else expect([outcome, await isThere()]).toEqual(['conflict', true]);
      },
    );
});

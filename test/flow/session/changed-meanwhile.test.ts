import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Visitor } from '../../../src/testing/sign-in.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { gateDatabase, untilSomebodyWaits } from '../../support/gated-database.ts';
import { formOf, nextOf, silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { type: 'operator', id: 'test' } as const;
/** What the engine does after it has read who signed in, and before it writes any of it. */
const claimed = 'DELETE FROM records WHERE key = ?';

// In memory, and PostgreSQL.
describe.each([databases[0], databases[2]] as typeof databases)(
  'a sign-in that is being finished, over $name',
  ({ name, open }) => {
    let opened: OpenedDatabase;
    let world: World;
    let gated: ReturnType<typeof gateDatabase>;
    let count = 0;
    beforeAll(async () => {
      opened = await open();
      gated = gateDatabase(opened.db);
      const store = { db: gated.db, secrets: ['a-secret-of-this-test-that-is-long-enough'], release: () => undefined };
      world = await createWorld({ store });
      const redirectUris = ['https://first.example/cb'];
      const grantTypes = ['authorization_code', 'refresh_token'] as const;
      const first = { id: 'first', redirectUris, grantTypes: [...grantTypes], firstParty: true, access: 'everybody' };
      await world.postern.clients.create({ ...first, tokenEndpointAuthMethod: 'none' } as never, { by });
    });
    afterAll(async () => {
      await world.stop();
      await opened.close().catch(() => undefined);
    });

    async function person() {
      const username = `person${++count}`;
      const password = `another quiet lantern of ${username}`;
      const { id } = await world.postern.accounts.create({ username, password }, { by });
      return { id, username, password };
    }
    const firstUrl = (changes: Record<string, string> = {}) =>
      world.authorizeUrl('app', { client_id: 'first', redirect_uri: 'https://first.example/cb', ...changes });

    /** Up to the address at which the engine goes on. */
    async function answered(
      visitor: Visitor,
      url: string,
      { username, password }: Record<'username' | 'password', string>,
    ) {
      const page = await visitor.open(url);
      return nextOf(await visitor.request(page.url, { method: 'POST', body: formOf(page, { username, password }) }));
    }
    const codeIn = ({ headers }: Answer) =>
      new URL(headers.get('location') ?? '/', world.issuer).searchParams.get('code');
    const held = async (id: string) => {
      const { sessions, grants } = await world.postern.records.held.ofAccount(opened.db, id);
      return { sessions: sessions.length, grants: grants.length };
    };
    const accounts = () => world.postern.accounts;
    const setPassword = (id: string) => accounts().setPassword(id, 'entirely different words drift', { by });

    it.each([
      ['C08 M09 by a new password', setPassword],
      [
        'M09 by somebody who disables and enables the account',
        async (id: string) => {
          await accounts().setDisabled(id, true, { by });
          await accounts().setDisabled(id, false, { by });
        },
      ],
      ['M09 by its removal', (id: string) => accounts().remove(id, { by })],
    ])('%s in between it leaves no session, no grant and no code', async (_, change) => {
      for (const url of [world.authorizeUrl('app', { scope: 'openid' }), firstUrl()]) {
        const { id, ...typed } = await person();
        const visitor = world.visitor();
        const next = await answered(visitor, url, typed);
        gated.before(claimed, () => change(id));
        const back = await visitor.request(next);
        expect(gated.hasPassed()).toBe(true);
        expect(await held(id)).toEqual({ sessions: 0, grants: 0 });
        expect(codeIn(back)).toBeNull();
        expect(back.status).toBeLessThan(500);
        expect(await silently(world, visitor)).toBe('login_required');
      }
    });

    it('C08 M09 once more in a session that is there already, it does not keep it either', async () => {
      const { id, ...typed } = await person();
      const visitor = world.visitor();
      await visitor.request(await answered(visitor, firstUrl({ scope: 'openid' }), typed));
      expect(await held(id)).toEqual({ sessions: 1, grants: 1 });
      const next = await answered(visitor, firstUrl({ prompt: 'login', scope: 'openid profile email' }), typed);
      gated.before(claimed, () => setPassword(id));
      const back = await visitor.request(next);
      expect(gated.hasPassed()).toBe(true);
      expect(codeIn(back)).toBeNull();
      expect(await held(id)).toEqual({ sessions: 0, grants: 0 });
    });

    it('C08 M09 an app that needs no consent gets nothing for a session that has just ended', async () => {
      const { id, ...typed } = await person();
      const visitor = world.visitor();
      await visitor.request(await answered(visitor, world.authorizeUrl('app', { scope: 'openid' }), typed));
      expect(await held(id)).toEqual({ sessions: 1, grants: 0 });
      // The session is read by then, the grant not yet written.
      gated.before('FROM accounts WHERE id = ?', () => setPassword(id));
      const back = await visitor.request(firstUrl({ prompt: 'none' }));
      expect(gated.hasPassed()).toBe(true);
      expect(codeIn(back)).toBeNull();
      expect(await held(id)).toEqual({ sessions: 0, grants: 0 });
    });

    if (name === 'PostgreSQL')
      it('C08 M09 waits for a new password that is not committed yet', async () => {
        for (const url of [world.authorizeUrl('app', { scope: 'openid' }), firstUrl()]) {
          const { id, ...typed } = await person();
          const visitor = world.visitor();
          const next = await answered(visitor, url, typed);
          const commit = gated.holdNextCommit();
          const change = setPassword(id);
          await commit.reached;
          const going = visitor.request(next);
          await untilSomebodyWaits(opened.db, going);
          commit.release();
          await change;
          const back = await going;
          expect(await held(id)).toEqual({ sessions: 0, grants: 0 });
          expect(codeIn(back)).toBeNull();
        }
      });

    it('goes on when nobody changes anything', async () => {
      const { id, ...typed } = await person();
      const visitor = world.visitor();
      const back = await visitor.request(await answered(visitor, firstUrl(), typed));
      expect(codeIn(back)).toMatch(/^\S{20,}$/);
      expect(await held(id)).toEqual({ sessions: 1, grants: 1 });
      expect(await silently(world, visitor, 'app')).toBe('consent_required');
    });
  },
);

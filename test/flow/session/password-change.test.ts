import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';
import { answerOf, createOwnDoor } from '../../support/own-door.ts';
import { formOf, silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const changed = 'an entirely different lantern nine';

// In memory, and PostgreSQL.
describe.each([databases[0], databases[2]] as typeof databases)('a new password, over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let world: World;
  beforeAll(async () => {
    opened = await open();
    const store = { db: opened.db, secrets: ['a-secret-of-this-test-that-is-long-enough'], release: () => undefined };
    world = await createWorld({ store });
  });
  afterAll(async () => {
    await world.stop();
    await opened.close().catch(() => undefined);
  });

  /** Signs in at `app`; the refresh token it got. */
  async function refreshTokenOf(visitor: Visitor, person: 'alice' | 'bob', isOffline = false): Promise<string> {
    const asked = isOffline ? { scope: 'openid offline_access', prompt: 'consent' } : {};
    const back = await world.signIn(visitor, world.authorizeUrl('app', asked), person);
    const { body } = await world.token('app', world.codeForm('app', back.searchParams.get('code')));
    return body.refresh_token;
  }
  const refresh = async (token: string) => {
    const { status, body } = await world.token('app', { grant_type: 'refresh_token', refresh_token: token });
    return status === 200 ? 'good' : body.error;
  };

  it('C08 chosen by the person ends every other sign-in at once, with all that apps were given, and keeps this one', async () => {
    const [here, there, away, bobs] = [world.visitor(), world.visitor(), world.visitor(), world.visitor()];
    const kept = await refreshTokenOf(here, 'alice');
    const lost = [await refreshTokenOf(there, 'alice'), await refreshTokenOf(away, 'alice', true)];
    const his = await refreshTokenOf(bobs, 'bob');
    const door = createOwnDoor(world.postern, 'postern-account');
    const begun = door.begin();
    const { sessionUid } = await door.finish(here, (await answerOf(here, begun.url)).answer, begun.kept);
    const { accounts, oidc } = world.postern;
    const { alice } = world.people;
    await accounts.changeOwnPassword(
      alice.id,
      { current: alice.password, password: changed },
      { ip: '127.0.0.1', keepUid: sessionUid },
    );
    expect([await silently(world, here), await silently(world, there), await silently(world, away)]).toEqual([
      'signed in',
      'login_required',
      'login_required',
    ]);
    expect(await refresh(kept)).toBe('good');
    expect(await Promise.all(lost.map(refresh))).toEqual(['invalid_grant', 'invalid_grant']);
    expect([await silently(world, bobs), await refresh(his)]).toEqual(['signed in', 'good']);
    expect(await oidc.sessionIsAlive(sessionUid, alice.id)).toBe(true);
  });

  it('C08 a sign-in that was answered with the old one, and goes on only now, is asked again', async () => {
    const visitor = world.visitor();
    const page = await visitor.open(world.authorizeUrl('app'));
    // The form is answered; the browser does not go where it leads until the password is another one.
    const headers = { origin: world.issuer, 'sec-fetch-site': 'same-origin' };
    const body = formOf(page, typed(world, 'bob'));
    const held = await visitor.request(page.url, { method: 'POST', body, headers });
    const { accounts } = world.postern;
    await accounts.setPassword(world.people.bob.id, changed, { by: { type: 'operator' } });
    const asked = await visitor.follow(held);
    expect(asked.text).toContain('id="signin-title"');
    expect(await silently(world, visitor)).toBe('login_required');
    expect(await world.postern.sessions.listOfAccount(world.people.bob.id)).toEqual([]);
    // The new one goes on from there.
    const done = await visitor.submit(asked, { username: 'bob', password: changed });
    expect(done.text).toContain('id="consent-allow"');
  });
});

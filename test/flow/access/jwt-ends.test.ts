/** Who checks a JWT by its signature alone sees its end; introspection knows better. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, by, createTeam, payloadOf, type Team } from '../../support/team.ts';

describe.each(['sqlite', 'postgresql'] as const)('a JWT access token, on %s', (kind) => {
  let team: Team;
  beforeAll(async () => {
    team = await createTeam(kind);
  });
  afterAll(() => team?.stop());

  async function signedIn(changes: Record<string, string> = {}) {
    const app = await team.app();
    const person = await team.person({ groups: ['engineering'] });
    const { access_token: jwt } = await app.signIn(person, { scope: 'openid read', resource: api, ...changes });
    expect((await team.introspect(jwt)).active).toBe(true);
    return { app, person, jwt };
  }

  it('C07 is inactive once what the app was allowed is taken back', async () => {
    const { app, person, jwt } = await signedIn({ scope: 'openid read offline_access', prompt: 'consent' });
    const other = await signedIn();
    const again = (await app.signIn(person, { scope: 'openid read', resource: api })).access_token;
    const { sessions } = team.postern;
    const grant = (await sessions.grantsOfAccount(person.id)).find(({ isOffline }) => isOffline);
    await sessions.revokeGrant(grant?.id ?? '', {}, { by });
    expect(await team.introspect(jwt)).toEqual({ active: false });
    for (const token of [again, other.jwt]) expect((await team.introspect(token)).active).toBe(true);
  });

  it('C07 D16 is inactive once the session ends that it was issued in', async () => {
    const { person, jwt } = await signedIn();
    const { sessions } = team.postern;
    for (const { id } of await sessions.listOfAccount(person.id)) await sessions.end(id, {}, { by });
    expect(await team.introspect(jwt)).toEqual({ active: false });
  });

  it('C08 of another session is inactive once the person changes the own password', async () => {
    const { person, jwt } = await signedIn();
    const { accounts } = team.postern;
    const change = { current: person.typed.password, password: 'another lantern over seven hills' };
    await accounts.changeOwnPassword(person.id, change, { ip: '127.0.0.1', keepUid: 'another' });
    expect(await team.introspect(jwt)).toEqual({ active: false });
  });

  it('M10 of somebody who was removed is inactive, also when somebody else gets the id', async () => {
    const { person, jwt } = await signedIn();
    const { accounts, db } = team.postern;
    await accounts.remove(person.id, { by });
    const entry = { id: person.id, username: `not-${person.typed.username}`, groups: ['engineering'] };
    const prepared = await accounts.prepare(entry, { declared: true });
    await db.transaction((tx) => accounts.insertIn(tx, prepared, { by, source: 'file' }));
    expect(await accounts.find(person.id)).toMatchObject({ disabled: false });
    expect(await team.introspect(jwt)).toEqual({ active: false });
  });

  it('names its grant by a handle that is not the grant’s id', async () => {
    const { person, jwt } = await signedIn();
    const { sessions, records } = team.postern;
    const handle = payloadOf(jwt).postern_grant as string;
    expect((await sessions.grantsOfAccount(person.id)).map(({ id }) => id)).toEqual([handle]);
    expect(await records.find('Grant', handle)).toBeUndefined();
  });
});

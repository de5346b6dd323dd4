/** What was issued is worth something while its person and its client are. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, by, createTeam, type Team, type TeamApp } from '../../support/team.ts';

type Person = { id: string };
type Case = { change(team: Team, app: TeamApp, person: Person): Promise<unknown>; refresh: [number, string] };

const refused: Case['refresh'] = [400, 'invalid_grant'];
const cases: Record<string, Case> = {
  'the account is disabled': {
    change: ({ postern }, _app, { id }) => postern.accounts.setDisabled(id, true, { by }),
    refresh: refused,
  },
  'the account is deleted': {
    change: ({ postern }, _app, { id }) => postern.accounts.remove(id, { by }),
    refresh: refused,
  },
  'the person leaves the client’s group': {
    change: ({ postern }, _app, { id }) => postern.accounts.update(id, { groups: ['sales'] }, { by }),
    refresh: refused,
  },
  'the client is closed to everybody': {
    change: ({ postern }, { id }) => postern.clients.update(id, { access: 'nobody' }, { by }),
    refresh: refused,
  },
  'the client is switched off': {
    change: ({ postern }, { id }) => postern.clients.setDisabled(id, true, { by }),
    // It can't even say who it is any more (RFC 6749 §5.2).
    refresh: [401, 'invalid_client'],
  },
};

describe.each(['sqlite', 'postgresql'] as const)('on %s', (kind) => {
  let team: Team;
  beforeAll(async () => {
    team = await createTeam(kind);
    await team.postern.groups.create({ name: 'sales' }, { by });
  });
  afterAll(() => team?.stop());

  it.each(Object.entries(cases))(
    'C07 nothing that was issued is good any more once %s',
    async (_what, { change, refresh }) => {
      const app = await team.app();
      const person = await team.person({ groups: ['engineering'] });
      const opaque = await app.signIn(person, { scope: 'openid offline_access', prompt: 'consent' });
      const jwt = await app.signIn(person, { scope: 'openid read', resource: api });
      expect(jwt.access_token.split('.')).toHaveLength(3);
      const all = [opaque.access_token, opaque.refresh_token, jwt.access_token, jwt.refresh_token];

      for (const token of all) expect(await team.introspect(token)).toMatchObject({ active: true, sub: person.id });
      for (const token of all) expect(await app.introspect(token)).toMatchObject({ active: true });
      expect((await team.userinfo(opaque.access_token)).status).toBe(200);

      await change(team, app, person);
      for (const token of all) expect(await team.introspect(token)).toEqual({ active: false });
      if (refresh[0] === 400) for (const token of all) expect(await app.introspect(token)).toEqual({ active: false });
      expect((await team.userinfo(opaque.access_token)).status).toBe(401);
      for (const token of [opaque.refresh_token, jwt.refresh_token]) {
        const { status, body } = await app.refresh(token);
        expect([status, body.error]).toEqual(refresh);
      }
    },
  );

  it('C07 a code that is under way is worth nothing once the person may not', async () => {
    const app = await team.app();
    const person = await team.person({ groups: ['engineering'] });
    await app.signIn(person);
    const visitor = team.visitor();
    let page = await visitor.submit(await visitor.open(app.authorizeUrl()), person.typed);
    page = await visitor.submit(page, { do: 'allow' });
    await team.postern.accounts.update(person.id, { groups: [] }, { by });
    const { status, body } = await app.redeem(new URL(page.url).searchParams.get('code'));
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });

  it('C07 who is let in again has what was issued before, as nothing of it was revoked', async () => {
    const app = await team.app();
    const person = await team.person({ groups: ['engineering'] });
    const { access_token, refresh_token } = await app.signIn(person);
    await team.postern.accounts.update(person.id, { groups: [] }, { by });
    expect((await app.refresh(refresh_token)).status).toBe(400);
    await team.postern.accounts.update(person.id, { groups: ['engineering'] }, { by });
    expect((await team.userinfo(access_token)).status).toBe(200);
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  it('C07 a JWT from before the password was changed, or before a restore, is dead', async () => {
    const app = await team.app();
    const person = await team.person({ groups: ['engineering'] });
    const jwt = (await app.signIn(person, { scope: 'openid read', resource: api })).access_token;
    expect((await team.introspect(jwt)).active).toBe(true);
    await team.postern.accounts.setPassword(person.id, 'another lantern over seven hills', { by });
    expect(await team.introspect(jwt)).toEqual({ active: false });
    const other = await team.person({ groups: ['engineering'] });
    const kept = (await app.signIn(other, { scope: 'openid read', resource: api })).access_token;
    expect((await team.introspect(kept)).active).toBe(true);
    await team.postern.db.transaction((tx) => team.postern.installation.setNotBeforeIn(tx, Date.now() + 1));
    expect(await team.introspect(kept)).toEqual({ active: false });
  });

  it('C07 a client’s own token is about the client alone', async () => {
    const { clients } = team.postern;
    const { secret = '' } = await clients.create({ id: 'robot', scope: 'read' }, { by });
    const headers = { authorization: `Basic ${Buffer.from(`robot:${secret}`).toString('base64')}` };
    const get = async (fields: Record<string, string>) => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...fields });
      const answer = await fetch(`${team.issuer}/token`, { method: 'POST', headers, body });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const tokens = [await get({}), await get({ resource: api, scope: 'read' })];
    await team.postern.db.transaction((tx) => team.postern.installation.setNotBeforeIn(tx, 1));
    for (const token of tokens) expect((await team.introspect(token)).active).toBe(true);
    await clients.setDisabled('robot', true, { by });
    for (const token of tokens) expect(await team.introspect(token)).toEqual({ active: false });
    await clients.setDisabled('robot', false, { by });
    for (const token of tokens) expect((await team.introspect(token)).active).toBe(true);
    await clients.remove('robot', { by });
    await clients.create({ id: 'robot', scope: 'read' }, { by });
    // As if a second had gone by: a JWT says when it was issued in seconds.
    await team.postern.db.transaction((tx) =>
      tx.run('UPDATE clients SET created_at = created_at + 1000 WHERE id = ?', ['robot']),
    );
    for (const token of tokens) expect(await team.introspect(token)).toEqual({ active: false });
  });
});

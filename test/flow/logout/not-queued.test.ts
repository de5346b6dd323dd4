/** A sign-out whose notices can't be written does not happen, by whatever door, and says so; everything is as before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashForFile } from '../../../src/app.ts';
import { answerOf, createOwnDoor } from '../../support/own-door.ts';
import { by } from '../../support/team.ts';
import { createToldTeam, heardBy, offline, type ToldTeam } from '../../support/told-team.ts';

type Stage = Awaited<ReturnType<typeof stageOf>>;
/** Does it, and says whether it was refused: by a throw, or by a page with that status. */
type Door = (team: ToldTeam, stage: Stage) => Promise<unknown>;

const refused = 'it was refused';
const changed = 'an entirely different lantern nine';

async function stageOf(team: ToldTeam) {
  const [bound, kept] = [await team.told({ access: ['engineering'] }), await team.told()];
  const person = await team.person({ groups: ['engineering'] });
  const [here, there] = [team.visitor(), team.visitor()];
  const tokens = {
    bound: await team.enter(here, bound, person),
    kept: await team.enter(here, kept, person, offline),
    there: await team.enter(there, bound, person),
  };
  const door = createOwnDoor(team.postern, 'postern-account');
  const begun = door.begin();
  const { sessionUid } = await door.finish(there, (await answerOf(there, begun.url)).answer, begun.kept);
  const { token: link } = await team.postern.accounts.issueLink(person.id, { by });
  const sessions = await team.postern.sessions.listOfAccount(person.id);
  const id = sessions.find(({ clientIds }) => clientIds.includes(kept.id))?.id ?? '';
  return { bound, kept, person, here, there, tokens, sessionUid, link, id, page: await here.open('/logout') };
}

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => 'it went through',
    () => refused,
  );
const shown = async (answer: Promise<{ status: number; text: string }>) => {
  const { status, text } = await answer;
  return status >= 500 && text.includes('id="error-title"') ? refused : `status ${status}`;
};
/** What happens by itself: it fails, and is tried again. */
const doors: Record<string, Door> = {
  'the person, who says yes': (_team, { here, page }) => shown(here.submit(page, { logout: 'yes' })),
  'an app, with a hint': (_team, { here, tokens }) =>
    shown(here.request(`/logout?${new URLSearchParams({ id_token_hint: tokens.bound.id_token })}`)),
  async 'leaving one app'(team, { here, bound }) {
    const page = await here.open(`/logout?client_id=${bound.id}`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const headers = { origin: team.issuer, 'sec-fetch-site': 'same-origin' };
    return shown(here.request('/logout/confirm', { method: 'POST', body: new URLSearchParams({ xsrf }), headers }));
  },
  async 'somebody else who signs in'(team, { here, bound }) {
    const other = await team.person();
    const page = await here.open(bound.authorizeUrl({ prompt: 'login' }));
    return shown(here.submit(page, other.typed));
  },
  'the own list of sessions': ({ postern }, { id, person: { id: accountId } }) =>
    thrown(postern.sessions.end(id, { accountId }, { by: { type: 'account', id: accountId } })),
  'the own list, everywhere else': ({ postern }, { sessionUid, person: { id } }) =>
    thrown(postern.sessions.endOthers(id, sessionUid, { by: { type: 'account', id } })),
  'an administrator who ends a session': ({ postern }, { id }) => thrown(postern.sessions.end(id, {}, { by })),
  'an administrator who ends all of an account': ({ postern }, { person }) =>
    thrown(postern.sessions.endOthers(person.id, '', { by })),
  'an administrator who ends all of a client': ({ postern }, { kept }) =>
    thrown(postern.sessions.endOfClient(kept.id, { by })),
  'an administrator who disables the account': ({ postern }, { person }) =>
    thrown(postern.accounts.setDisabled(person.id, true, { by })),
  'an administrator who deletes the account': ({ postern }, { person }) =>
    thrown(postern.accounts.remove(person.id, { by })),
  'another password, by the person': ({ postern }, { person, sessionUid }) =>
    thrown(
      postern.accounts.changeOwnPassword(
        person.id,
        { current: person.typed.password, password: changed },
        { ip: '127.0.0.1', keepUid: sessionUid },
      ),
    ),
  'another password, by a link': ({ postern }, { link }) =>
    thrown(postern.accounts.useLink(link, { password: changed }, { by: { type: 'anonymous' } })),
  'another password, by the operator': ({ postern }, { person }) =>
    thrown(postern.accounts.setPassword(person.id, changed, { by })),
  async 'the job that looks for lost access'({ postern }, { bound }) {
    await postern.clients.update(bound.id, { access: 'nobody' }, { by });
    const outcome = await thrown(postern.access.endLost());
    await postern.clients.update(bound.id, { access: 'everybody' }, { by });
    return outcome;
  },
};

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let team: ToldTeam;
  beforeAll(async () => {
    team = await createToldTeam(kind);
  });
  afterAll(() => team.stop());

  /** While the rows can't be written. */
  async function broken<Result>(work: () => Promise<Result>): Promise<Result> {
    const { db } = team.postern;
    await db.run('ALTER TABLE deliveries RENAME TO deliveries_away');
    try {
      return await work();
    } finally {
      await db.run('ALTER TABLE deliveries_away RENAME TO deliveries');
    }
  }

  /** Everything of that person is as it was: signed in at both, password, flag, tokens; and nobody was told. */
  async function expectUnchanged({ bound, kept, person, here, there, tokens }: Stage): Promise<void> {
    const silent = async (visitor: typeof here) =>
      (await visitor.request(kept.authorizeUrl({ prompt: 'none' }))).headers.get('location') ?? '';
    expect(await silent(here)).toContain('code=');
    expect((await there.request(bound.authorizeUrl({ prompt: 'none' }))).headers.get('location')).toContain('code=');
    for (const [app, { refresh_token: token }] of [
      [bound, tokens.bound],
      [kept, tokens.kept],
      [bound, tokens.there],
    ] as const)
      expect((await app.refresh(token)).status).toBe(200);
    expect(await team.postern.accounts.find(person.id)).toMatchObject({ disabled: false });
    await team.enter(team.visitor(), kept, person);
    const { items } = await team.postern.deliveries.list({ limit: 5, accountId: person.id });
    expect([items, heardBy(bound), heardBy(kept)]).toEqual([[], [], []]);
    const events = await team.postern.audit.list(team.postern.db, { limit: 50, accountId: person.id });
    const names = events.items.map(({ event }) => event);
    expect(names).not.toContain('session.ended');
    // The one with which the account began.
    expect(names.filter((name) => name === 'account.password_changed')).toHaveLength(1);
  }

  it.each(Object.entries(doors))('C08 D07 D15 %s', async (_who, attempt) => {
    const stage = await stageOf(team);
    expect(await broken(() => attempt(team, stage))).toBe(refused);
    await expectUnchanged(stage);
  });

  it('C07 apply of a file that disables somebody changes nothing at all', async () => {
    const { directory, accounts } = team.postern;
    const [password, username] = ['quiet lantern over the file seven', `bob-${kind}`];
    const passwordHash = await hashForFile(team.postern.config.passwords, password, []);
    const fileOf = (bob: object) => ({ accounts: [{ username, passwordHash, ...bob }], groups: [] });
    const apply = (bob: object) => directory.apply(directory.parse(fileOf(bob) as never), { by });
    await apply({});
    const id = (await accounts.findByUsername(username))?.id ?? '';
    const app = await team.told();
    const { refresh_token: token } = await team.enter(team.visitor(), app, { id, typed: { username, password } });
    expect(await broken(() => thrown(apply({ disabled: true, name: 'Bob' })))).toBe(refused);
    expect(await accounts.find(id)).toMatchObject({ disabled: false, name: undefined });
    expect((await app.refresh(token)).status).toBe(200);
    await apply({ disabled: true, name: 'Bob' });
    expect(await team.settled(id)).toMatchObject([{ clientId: app.id, state: 'confirmed' }]);
  });

  it('D15 the notices of what could not be done are written once it is done again', async () => {
    const stage = await stageOf(team);
    const { here, bound, kept, person, tokens } = stage;
    await broken(async () => here.submit(await here.open('/logout'), { logout: 'yes' }));
    const done = await here.submit(await here.open('/logout'), { logout: 'yes' });
    expect(done.text).toContain('id="logout-done"');
    await team.settled(person.id);
    expect(heardBy(bound)).toEqual([{ sub: person.id, sid: tokens.bound.sid }]);
    expect(heardBy(kept)).toEqual([{ sub: person.id, sid: tokens.kept.sid }]);
  });
});

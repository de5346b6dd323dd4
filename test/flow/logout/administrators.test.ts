/** What administrators do, and what happens by itself once they have changed something, reaches the apps (D15). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashForFile } from '../../../src/app.ts';
import { by } from '../../support/team.ts';
import { createToldTeam, heardBy, offline, type ToldTeam } from '../../support/told-team.ts';

type Stage = Awaited<ReturnType<typeof stageOf>>;
type Name = 'one' | 'two' | 'three' | 'forgotten';
type Case = {
  change(team: ToldTeam, stage: Stage): Promise<unknown>;
  /** Which apps hear of it; all others do not. */
  told: Name[];
  reason: string;
  by?: string;
};

/**
 * Somebody in two browsers: at `one` and `two` (with offline access) in the one, at `three` in the other. `forgotten` has
 * offline access from a session that is long over.
 */
async function stageOf(team: ToldTeam) {
  const access = ['engineering'];
  const apps = {
    one: await team.told(),
    two: await team.told({ access }),
    three: await team.told(),
    forgotten: await team.told(),
  };
  const person = await team.person({ groups: ['engineering'] });
  const [here, there, past] = [team.visitor(), team.visitor(), team.visitor()];
  await team.enter(past, apps.forgotten, person, offline);
  await past.submit(await past.open('/logout'), { logout: 'yes' });
  await team.settled(person.id);
  const used = {
    one: await team.enter(here, apps.one, person),
    two: await team.enter(here, apps.two, person, offline),
    three: await team.enter(there, apps.three, person),
  };
  return { apps, person, here, used };
}

const ended = ['one', 'two', 'three', 'forgotten'] as Name[];
const cases: Record<string, Case> = {
  'D15 the account is disabled': {
    change: ({ postern }, { person }) => postern.accounts.setDisabled(person.id, true, { by }),
    ...{ told: ended, reason: 'account_disabled' },
  },
  'D15 the account is deleted': {
    change: ({ postern }, { person }) => postern.accounts.remove(person.id, { by }),
    ...{ told: ended, reason: 'account_deleted' },
  },
  'C08 a password is set by the operator': {
    change: ({ postern }, { person }) => postern.accounts.setPassword(person.id, 'a wholly different lantern', { by }),
    ...{ told: ended, reason: 'password_changed' },
  },
  'C08 a password is chosen by a link': {
    async change({ postern }, { person }) {
      const { token } = await postern.accounts.issueLink(person.id, { by });
      await postern.accounts.useLink(token, { password: 'a wholly different lantern' }, { by: { type: 'anonymous' } });
    },
    ...{ told: ended, reason: 'password_changed', by: 'account' },
  },
  'D16 an administrator ends one session': {
    async change({ postern }, { person, apps }) {
      const sessions = await postern.sessions.listOfAccount(person.id);
      const here = sessions.find(({ clientIds }) => clientIds.includes(apps.one.id));
      await postern.sessions.end(here?.id ?? '', {}, { by });
    },
    ...{ told: ['one', 'two'], reason: 'ended_by_admin' },
  },
  'D16 an administrator ends all sessions': {
    change: ({ postern }, { person }) => postern.sessions.endOthers(person.id, '', { by }),
    ...{ told: ['one', 'two', 'three'], reason: 'ended_by_admin' },
  },
  'D16 an administrator ends all sessions of a client': {
    change: ({ postern }, { apps }) => postern.sessions.endOfClient(apps.two.id, { by }),
    // The whole session ends, not the part of one app.
    ...{ told: ['one', 'two'], reason: 'ended_by_admin' },
  },
  'C07 the person leaves the group of an app': {
    change: ({ postern }, { person }) => postern.accounts.update(person.id, { groups: [] }, { by }),
    ...{ told: ['two'], reason: 'access_lost', by: 'system' },
  },
  'C07 the rule of an app changes': {
    change: ({ postern }, { apps }) => postern.clients.update(apps.three.id, { access: 'nobody' }, { by }),
    ...{ told: ['three'], reason: 'access_lost', by: 'system' },
  },
  'C07 an app is switched off': {
    change: ({ postern }, { apps }) => postern.clients.setDisabled(apps.three.id, true, { by }),
    ...{ told: ['three'], reason: 'access_lost', by: 'system' },
  },
};

describe.each(['sqlite', 'postgresql'] as const)('over %s', (kind) => {
  let team: ToldTeam;
  beforeAll(async () => {
    team = await createToldTeam(kind);
  });
  afterAll(() => team.stop());

  it.each(Object.entries(cases))('%s', async (_what, { change, told, reason, by: actor = 'operator' }) => {
    const stage = await stageOf(team);
    const { apps, person, used } = stage;
    await change(team, stage);
    await team.arrived(person.id, told.length + 1);
    const rows = (await team.settled(person.id)).filter((row) => row.reason !== 'signed_out');
    const sidOf = (name: Name) => (name === 'forgotten' ? undefined : used[name].sid);
    expect(rows.toSorted(byClient)).toEqual(
      told
        .map((name) => ({ clientId: apps[name].id, sid: sidOf(name), state: 'confirmed', reason, by: actor }))
        .toSorted(byClient),
    );
    for (const name of ['one', 'two', 'three'] as const)
      expect(heardBy(apps[name]), name).toEqual(told.includes(name) ? [{ sub: person.id, sid: sidOf(name) }] : []);
    // An app that was used without a session is told of the person alone; before that, of the session that is over.
    expect(heardBy(apps.forgotten).map(({ sub, sid }) => [sub, sid !== undefined])).toEqual(
      told.includes('forgotten')
        ? [
            [person.id, true],
            [person.id, false],
          ]
        : [[person.id, true]],
    );
  });

  it('C07 apply of a file takes a group away, disables somebody, and the apps are told', async () => {
    const { directory } = team.postern;
    const apps = { open: await team.told(), closed: await team.told({ access: ['engineering'] }) };
    const password = 'quiet lantern over the file seven';
    const passwordHash = await hashForFile(team.postern.config.passwords, password, []);
    const declared = (bob: object, carol: object) => ({
      groups: [{ name: 'engineering' }],
      accounts: [
        { username: `bob-${kind}`, groups: ['engineering'], passwordHash, ...bob },
        { username: `carol-${kind}`, passwordHash, ...carol },
      ],
    });
    const apply = (file: object) => directory.apply(directory.parse(file as never), { by });
    await apply(declared({}, {}));
    const personOf = async (username: string) => ({
      id: (await team.postern.accounts.findByUsername(username))?.id ?? '',
      typed: { username, password },
    });
    const [bob, carol] = [await personOf(`bob-${kind}`), await personOf(`carol-${kind}`)];
    const his = team.visitor();
    await team.enter(his, apps.open, bob);
    const lost = await team.enter(his, apps.closed, bob);
    const hers = await team.enter(team.visitor(), apps.open, carol);
    await apply(declared({ groups: [] }, { disabled: true }));
    await team.arrived(bob.id, 1, { byJob: true });
    expect(await team.settled(bob.id)).toMatchObject([
      { clientId: apps.closed.id, sid: lost.sid, reason: 'access_lost' },
    ]);
    expect(await team.settled(carol.id)).toMatchObject([{ clientId: apps.open.id, reason: 'account_disabled' }]);
    expect(heardBy(apps.open)).toEqual([{ sub: carol.id, sid: hers.sid }]);
    expect(heardBy(apps.closed)).toEqual([{ sub: bob.id, sid: lost.sid }]);
  });

  it('D15 what cannot be told is said to be so: no address, no client any more, or one that insists on a session', async () => {
    const [told, gone, strict] = [
      await team.told(),
      await team.told(),
      await team.told({ backchannelLogoutSessionRequired: true }),
    ];
    const silent = await team.app({ access: 'everybody' });
    const person = await team.person();
    const [here, past] = [team.visitor(), team.visitor()];
    await team.enter(past, strict, person, offline);
    await past.submit(await past.open('/logout'), { logout: 'yes' });
    await team.settled(person.id);
    const { receiver } = told;
    await team.enter(here, told, person);
    await team.enter(here, gone, person);
    await team.enter(here, { ...silent, receiver }, person);
    await team.postern.clients.remove(gone.id, { by });
    await team.postern.accounts.setDisabled(person.id, true, { by });
    const states = Object.fromEntries(
      (await team.settled(person.id))
        .filter(({ reason }) => reason !== 'signed_out')
        .map((row) => [row.clientId, row.state]),
    );
    expect(states).toEqual({
      [told.id]: 'confirmed',
      [gone.id]: 'not_told',
      [silent.id]: 'not_told',
      [strict.id]: 'not_told',
    });
    const { items } = await team.postern.deliveries.list({ limit: 20, accountId: person.id, state: 'not_told' });
    for (const { id } of items)
      expect(await team.postern.deliveries.find(id)).toMatchObject({ attempts: 0, tries: [] });
    expect([heardBy(told).length, gone.receiver.received.length, heardBy(strict).length]).toEqual([1, 0, 1]);
  });
});

const byClient = (a: { clientId: string }, b: { clientId: string }) => (a.clientId < b.clientId ? -1 : 1);

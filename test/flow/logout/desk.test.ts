/** An account that is signed in to three apps is disabled, one of them is down: what the desk shows until all have confirmed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AtDoor, visitorAt } from '../../support/door-visitor.ts';
import { until } from '../../support/spawned.ts';
import { by, createTeam, type Team } from '../../support/team.ts';
import { signInToThreeApps, type ThreeApps } from '../../support/three-apps.ts';

describe.each(['sqlite', 'postgresql'] as const)('the delivery desk, over %s', (kind) => {
  let team: Team;
  let admin: AtDoor;
  const houses: ThreeApps[] = [];
  beforeAll(async () => {
    team = await createTeam(kind);
    admin = await visitorAt(team, '/admin', team.people.admin);
  });
  afterAll(async () => {
    await team?.stop();
    for (const house of houses) await house.stop();
  });

  const textOf = async (path: string): Promise<string> =>
    (await admin.get(path)).text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  const signedInToThreeApps = async () => {
    houses.push(await signInToThreeApps(team));
    return houses.at(-1) as ThreeApps;
  };

  it('two apps sign out at once, the third waits with the reason, comes back, and the desk turns green by itself', async () => {
    const { person, apps, receivers, comeBack } = await signedInToThreeApps();
    const disabled = await admin.post(`/admin/accounts/${person.id}/disable`);
    expect(disabled.headers.get('location')).toContain('done=account-disabled');
    for (const receiver of receivers) expect(await receiver.next()).toMatchObject({ ok: true, sub: person.id });

    const [first] = (await team.postern.deliveries.list({ limit: 1, accountId: person.id })).items;
    const desk = `/admin/deliveries?sign_out=${first?.signOutId}`;
    await until(async () => (await textOf(desk)).includes('Apps that have confirmed: 2 of 3.'));
    const waiting = await textOf(desk);
    expect(waiting).toContain('Sign-out of Mara Lindqvist');
    expect(waiting).toMatch(/Account disabled · By: admin of the tests ·/);
    // Who has not heard of it stands first.
    expect(waiting).toMatch(/Payroll .* No answer refused the connection .* Waiting .* (Grafana|Paperless)/);
    const { items } = await team.postern.deliveries.list({ limit: 5, clientId: apps[2]?.id });
    const one = `/admin/deliveries/${items[0]?.id}`;
    expect(await textOf(one)).toContain('Payroll could not be reached.');
    expect(await textOf(one)).toContain('refused the connection. See whether it is up and listens on that port.');

    const payroll = await comeBack();
    expect(await payroll.next()).toMatchObject({ ok: true, problems: [], sub: person.id });
    await until(async () => (await textOf(desk)).includes('Apps that have confirmed: 3 of 3.'));
    expect(await textOf(one)).toContain('Payroll has confirmed that Mara Lindqvist is signed out');
    expect(await textOf(desk)).not.toMatch(/Tell (it|all)/);
    expect(await team.postern.deliveries.count({ accountId: person.id })).toMatchObject({ waiting: 0, confirmed: 3 });
  }, 40_000);

  it('an app that is told again at once need not wait for its turn', async () => {
    const { person, apps, comeBack } = await signedInToThreeApps();
    await team.postern.accounts.setDisabled(person.id, true, { by });
    const payroll = async () => (await team.postern.deliveries.list({ limit: 1, clientId: apps[2]?.id })).items[0];
    // By then the next attempt is some ten seconds away.
    await until(async () => ((await payroll())?.attempts ?? 0) >= 3);
    const receiver = await comeBack();
    const before = await payroll();
    const asked = await admin.post(`/admin/deliveries/${before?.id}/replay`);
    expect(asked.headers.get('location')).toContain('done=delivery-replayed');
    expect(await receiver.next()).toMatchObject({ ok: true, sub: person.id });
    await until(async () => (await payroll())?.state === 'confirmed');
    expect((await payroll())?.settledAt).toBeLessThan(before?.dueAt ?? 0);
  }, 40_000);

  it('everybody is signed out of a client: by one click all apps of their sessions are told', async () => {
    const { person, apps, receivers } = await signedInToThreeApps();
    const done = await admin.post(`/admin/clients/${apps[0]?.id}/sessions/end`);
    expect(done.headers.get('location')).toContain('done=client-sessions-ended');
    // Each app was used in a session of its own: one of them has ended.
    expect(await receivers[0]?.next()).toMatchObject({ ok: true, sub: person.id });
    expect(await team.postern.sessions.listOfAccount(person.id)).toHaveLength(2);
    expect(await textOf(`/admin/deliveries?client=${apps[0]?.id}`)).toContain('Session ended by an administrator');
  });
});

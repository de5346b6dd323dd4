/** express-openid-connect behind Postern: signing in, signing out, and being signed out from elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor, signIn, type Visitor } from '../../../src/testing/sign-in.ts';
import { type ExpressApp, startExpressApp } from '../../support/express-app.ts';
import { until } from '../../support/spawned.ts';
import { by, createTeam, type Team } from '../../support/team.ts';

const clientId = 'express';
/** Within this an app has to know that somebody was signed out, in milliseconds. */
const soon = 2000;

describe.each(['sqlite', 'postgresql'] as const)('express-openid-connect, over %s', (kind) => {
  let team: Team;
  let app: ExpressApp;
  beforeAll(async () => {
    team = await createTeam(kind);
    app = await startExpressApp();
    const input = { id: clientId, kind: 'web', firstParty: true, access: 'everybody', pkce: 'optional' } as const;
    const { secret = '' } = await team.postern.clients.create({ ...input, ...app.members }, { by });
    app.use({ issuer: team.issuer, id: clientId, secret });
  });
  afterAll(async () => {
    await app?.stop();
    await team?.stop();
  });

  type SignedIn = { id: string; atApp: Visitor; atIssuer: Visitor };

  /** Somebody new opens what the app protects, and signs in where it sends them. */
  async function somebody(): Promise<SignedIn> {
    const { id, typed } = await team.person({ name: 'Mara Lindqvist' });
    const [atApp, atIssuer] = [createVisitor(app.origin), createVisitor(team.issuer)];
    const sent = await atApp.open('/who');
    const back = await signIn(atIssuer, sent.url, typed);
    expect(JSON.parse((await atApp.open(back.href)).text)).toMatchObject({ sub: id, name: 'Mara Lindqvist' });
    return { id, atApp, atIssuer };
  }
  const isSignedIn = async ({ atApp }: SignedIn) => (await atApp.request('/who')).status === 200;
  const sessionsOf = ({ id }: SignedIn) => team.postern.sessions.listOfAccount(id);
  const deliveriesOf = async ({ id }: SignedIn) =>
    (await team.postern.deliveries.list({ limit: 10, accountId: id })).items;

  /** How long it took from the act until the app took the person for signed out, in milliseconds. */
  async function timeToLeave(person: SignedIn, act: () => Promise<unknown>): Promise<number> {
    const begun = performance.now();
    await act();
    await until(async () => !(await isSignedIn(person)));
    return performance.now() - begun;
  }

  it('D15 a session that an administrator ends is over at the app within two seconds, and the app has confirmed it', async () => {
    const [person, other] = [await somebody(), await somebody()];
    const [session] = await sessionsOf(person);
    const end = () => team.postern.sessions.end(session?.id ?? '', { accountId: person.id }, { by });
    expect(await timeToLeave(person, end)).toBeLessThan(soon);
    await until(async () => (await deliveriesOf(person))[0]?.state === 'confirmed');
    expect(await deliveriesOf(person)).toMatchObject([{ clientId, attempts: 1, reason: 'ended_by_admin' }]);
    expect(await isSignedIn(other)).toBe(true);
  });

  it('D15 whoever is disabled is out of the app within two seconds', async () => {
    const person = await somebody();
    expect(await timeToLeave(person, () => team.postern.accounts.setDisabled(person.id, true, { by }))).toBeLessThan(
      soon,
    );
    await until(async () => (await deliveriesOf(person))[0]?.state === 'confirmed');
  });

  it('whoever signs out at the app signs out here, without being asked, and is led back', async () => {
    const person = await somebody();
    const leaving = await person.atApp.open('/logout');
    expect(new URL(leaving.url).pathname).toBe('/logout');
    expect(new URL(leaving.url).searchParams.get('post_logout_redirect_uri')).toBe(app.origin);
    const back = await person.atIssuer.open(leaving.url);
    expect(new URL(back.url).href).toBe(`${app.origin}/`);
    expect(await sessionsOf(person)).toEqual([]);
    expect(await isSignedIn(person)).toBe(false);
  });

  it('signing in again after being signed out from elsewhere works', async () => {
    const { id, typed } = await team.person();
    const [atApp, atIssuer] = [createVisitor(app.origin), createVisitor(team.issuer)];
    const enter = async () => atApp.open((await signIn(atIssuer, (await atApp.open('/who')).url, typed)).href);
    expect((await enter()).status).toBe(200);
    const person = { id, atApp, atIssuer };
    const [session] = await sessionsOf(person);
    await team.postern.sessions.end(session?.id ?? '', { accountId: id }, { by });
    await until(async () => !(await isSignedIn(person)));
    expect((await enter()).status).toBe(200);
    expect(await isSignedIn(person)).toBe(true);
  });
});

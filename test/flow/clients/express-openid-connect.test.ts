/** express-openid-connect behind Postern: signing in, signing out, and being signed out from elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor, signIn, type Visitor } from '../../../src/testing/sign-in.ts';
import { type ExpressApp, startExpressApp } from '../../support/express-app.ts';
import { until } from '../../support/spawned.ts';
import { by, createTeam, payloadOf, type Team } from '../../support/team.ts';

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

  type Typed = { username: string; password: string };
  type SignedIn = { id: string; typed: Typed; atApp: Visitor; atIssuer: Visitor };

  /** Somebody new opens what the app protects, and signs in where it sends them. */
  async function somebody(): Promise<SignedIn> {
    const { id, typed } = await team.person({ name: 'Mara Lindqvist' });
    const [atApp, atIssuer] = [createVisitor(app.origin), createVisitor(team.issuer)];
    const sent = await atApp.open('/who');
    const back = await signIn(atIssuer, sent.url, typed);
    expect(JSON.parse((await atApp.open(back.href)).text)).toMatchObject({ sub: id, name: 'Mara Lindqvist' });
    return { id, typed, atApp, atIssuer };
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

  it('a logout token for another app is refused by this one, and the desk keeps its answer', async () => {
    const person = await somebody();
    const { backchannelLogoutUri } = app.members;
    const stranger = await team.app({ access: 'everybody', backchannelLogoutUri });
    const { sid } = payloadOf((await stranger.signIn(person)).id_token);
    const theirs = (await sessionsOf(person)).find(({ clientIds }) => clientIds.includes(stranger.id));
    await team.postern.sessions.end(theirs?.id ?? '', { accountId: person.id }, { by });

    const told = async () => (await deliveriesOf(person))[0];
    await until(async () => ((await told())?.attempts ?? 0) > 0);
    const delivery = await team.postern.deliveries.find((await told())?.id ?? '');
    expect(delivery).toMatchObject({ clientId: stranger.id, sid, state: 'waiting' });
    const first = delivery.tries.at(-1);
    expect(first).toMatchObject({ number: 1, status: 400 });
    expect(first?.answer).toMatch(/^\{"error":"invalid_request","error_description":".*aud/);
    expect(first?.problem).toContain('It did not accept the token');
    // The token named this very person: had it been believed, they would be out.
    expect(await isSignedIn(person)).toBe(true);
  });

  it('whoever signs out at the app signs out here, without being asked, and is led back', async () => {
    const person = await somebody();
    const leaving = await person.atApp.open('/logout');
    const { pathname, searchParams } = new URL(leaving.url);
    expect(pathname).toBe('/logout');
    expect(searchParams.get('post_logout_redirect_uri')).toBe(app.origin);
    expect(payloadOf(searchParams.get('id_token_hint') ?? '')).toMatchObject({ sub: person.id, aud: clientId });
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
    const person = { id, typed, atApp, atIssuer };
    const [session] = await sessionsOf(person);
    await team.postern.sessions.end(session?.id ?? '', { accountId: id }, { by });
    await until(async () => !(await isSignedIn(person)));
    expect((await enter()).status).toBe(200);
    expect(await isSignedIn(person)).toBe(true);
  });
});

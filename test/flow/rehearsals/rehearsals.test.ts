/** What a rehearsal changes of the issuer, for whom, and that nothing of it stays. */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import { verifyToken } from '../../../src/domain/keys/keys.ts';
import { variantNames } from '../../../src/domain/rehearsals/rehearsals.ts';
import { checks, createKeyClient, type KeyClient, registeredIn } from '../../support/key-clients.ts';
import { until } from '../../support/spawned.ts';
import { api, by, createTeam, payloadOf, type Team } from '../../support/team.ts';
import { createWorld, type World } from '../../support/world.ts';

let team: Team;
beforeAll(async () => {
  team = await createTeam();
});
afterEach(async () => {
  // Of a test that has failed; the next one begins its own.
  const running = await team.postern.rehearsals.running();
  if (running) await team.postern.rehearsals.end(running.id);
});
afterAll(() => team.stop());

const discovery = '/.well-known/openid-configuration';
async function documentAt({ issuer }: World, path: string) {
  const response = await fetch(`${issuer}${path}`);
  const [etag, control] = [response.headers.get('etag'), response.headers.get('cache-control')];
  return { status: response.status, text: await response.text(), etag, control };
}
/** From the second request on they come from memory; the first one goes through the engine. */
const settledAt = async (world: World, path: string) => {
  await documentAt(world, path);
  return documentAt(world, path);
};
const kidsOf = ({ text }: { text: string }): string[] => JSON.parse(text).keys.map(({ kid }: { kid: string }) => kid);
const clientIn = (world: World, clientId: 'app' | 'app2' = 'app'): KeyClient =>
  createKeyClient(registeredIn(world, clientId), { check: checks.good({ issuer: world.issuer, clientId }) });
const play = (world: World, variant: string, clientId?: string) =>
  world.postern.rehearsals.start({ variant, clientId });

describe('the key set', () => {
  it('is another for everybody while one runs, and the same to the byte and the ETag when it has ended', async () => {
    const before = await settledAt(team, '/jwks');
    const discovered = await settledAt(team, discovery);
    for (const variant of variantNames.filter((name) => name !== 'slow')) {
      const run = await play(team, variant, 'app');
      const during = await documentAt(team, '/jwks');
      const again = await documentAt(team, '/jwks');
      expect(again, variant).toEqual(during);
      expect(during, variant).toMatchObject({ etag: null, control: 'no-store' });
      expect(during.text === before.text, variant).toBe(variant === 'unknown-kid');
      expect(await documentAt(team, discovery)).toEqual(discovered);
      await run.end();
      expect(await settledAt(team, '/jwks'), variant).toEqual(before);
    }
  });

  it('answers 503 with Retry-After where it is unavailable, under every spelling that the engine knows', async () => {
    await using _run = await play(team, 'unavailable', 'app');
    for (const path of ['/jwks', '/JWKS', '/jwks/']) {
      const response = await fetch(`${team.issuer}${path}`);
      expect([response.status, response.headers.get('retry-after')], path).toEqual([503, '5']);
      expect(response.headers.get('postern-rehearsal')).toBe('unavailable');
    }
  });
});

describe('tokens', () => {
  it('of the chosen client are signed by a key of the rehearsal, those of another as ever', async () => {
    const keys = kidsOf(await settledAt(team, '/jwks'));
    const [chosen, other] = [clientIn(team), clientIn(team, 'app2')];
    const run = await play(team, 'sudden', 'app');
    expect(await chosen.signIn()).toBe(true);
    expect(await other.signIn()).toBe(true);
    const now = kidsOf(await documentAt(team, '/jwks'));
    expect(keys).not.toContain(chosen.given.kid);
    expect(now).toContain(chosen.given.kid);
    expect(keys).toContain(other.given.kid);
    await run.end();
    expect(await chosen.signIn()).toBe(true);
    expect(keys).toContain(chosen.given.kid);
    const { clients, steps } = await team.postern.rehearsals.result(run.id);
    expect(clients.map(({ clientId }) => clientId)).toEqual(['app']);
    expect(JSON.stringify(steps)).not.toContain('app2');
  });

  it('of every client where none is named, but not those of the own pages', async () => {
    await using run = await play(team, 'unknown-kid');
    const [one, other] = [clientIn(team), clientIn(team, 'app2')];
    expect([await one.signIn(), await other.signIn()]).toEqual([false, false]);
    const visitor = team.visitor();
    const page = await visitor.open('/account');
    const account = await visitor.submit(page, {
      username: 'alice',
      password: team.people.alice.password,
    });
    expect(account).toMatchObject({ status: 200, url: `${team.issuer}/account` });
    expect((await team.postern.rehearsals.result(run.id)).clients.map(({ clientId }) => clientId)).toEqual([
      'app',
      'app2',
    ]);
  });

  it('JWT access tokens too; introspection takes those alone whose key can be fetched', async () => {
    const person = await team.person({ groups: ['engineering'] });
    const [app, other] = [await team.app(), await team.app()];
    const asked = { scope: 'openid read', resource: api };
    const keySet = () => createRemoteJWKSet(new URL(`${team.issuer}/jwks`));
    for (const [variant, isShown] of [
      ['sudden', true],
      ['same-kid', true],
      ['unknown-kid', false],
    ] as const) {
      const run = await play(team, variant, app.id);
      const tokens = await app.signIn(person, asked);
      const verified = jwtVerify(tokens.access_token, keySet(), { typ: 'at+jwt', audience: api });
      if (isShown) await verified;
      else await expect(verified).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
      expect((await team.introspect(tokens.access_token)).active, variant).toBe(isShown);
      const genuine = await other.signIn(person, asked);
      expect((await team.introspect(genuine.access_token)).active).toBe(true);
      await run.end();
      expect((await team.introspect(tokens.access_token)).active).toBe(false);
      expect((await team.introspect(genuine.access_token)).active).toBe(true);
    }
  });

  it('an ID token that passes through the browser as well', async () => {
    const redirectUri = 'http://localhost:5000/signin-oidc';
    const registered = { kind: 'web', redirectUris: [redirectUri], responseTypes: ['id_token'] } as const;
    const input = { ...registered, id: 'front', access: 'everybody' } as never;
    await team.postern.clients.create(input, { by });
    await using run = await play(team, 'unknown-kid', 'front');
    const request = { client_id: 'front', redirect_uri: redirectUri, response_type: 'id_token', scope: 'openid' };
    const url = team.authorizeUrl('app', { ...request, code_challenge: undefined, code_challenge_method: undefined });
    const answer = await team.signIn(team.visitor(), url);
    const idToken = new URLSearchParams(answer.hash.slice(1)).get('id_token') ?? '';
    expect(payloadOf(idToken)).toMatchObject({ aud: 'front' });
    expect(await verifyToken(idToken, (await team.postern.keys.signingSet()).keys)).toBeUndefined();
    expect(await run.verdict({ signedIn: true })).toMatchObject({ outcome: 'failed', sure: 'certain' });
  });

  it('a client can sign out with one, also when the rehearsal has ended', async () => {
    for (const variant of ['sudden', 'same-kid', 'unknown-kid']) {
      const client = clientIn(team);
      const run = await play(team, variant, 'app');
      await client.signIn();
      await run.end();
      const hint = new URLSearchParams({ id_token_hint: client.given.idToken, client_id: 'app' });
      expect((await fetch(`${team.issuer}/logout?${hint}`)).status, variant).toBe(200);
      const [head = '', body = '', signature = ''] = client.given.idToken.split('.');
      const forged = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      hint.set('id_token_hint', forged);
      expect((await fetch(`${team.issuer}/logout?${hint}`)).status, variant).toBe(400);
    }
  });
});

describe('what is seen', () => {
  it('a refresh is a surer sign than userinfo; what an older sign-in does is none', async () => {
    const parameters = { scope: 'openid offline_access', prompt: 'consent' };
    const clientThat = () =>
      createKeyClient(registeredIn(team), { check: checks.careless(), asksUserinfo: false, parameters });
    const [older, client] = [clientThat(), clientThat()];
    await older.signIn();
    await using run = await play(team, 'unknown-kid', 'app');
    await older.refresh();
    expect(await run.verdict()).toMatchObject({ outcome: 'untried' });
    await client.signIn();
    expect(await run.verdict()).toMatchObject({
      outcome: 'unclear',
      doubt: expect.stringContaining('whoever signed in'),
    });
    await client.refresh();
    expect(await run.verdict()).toMatchObject({ outcome: 'failed', sure: 'certain' });
  });

  it('keeps no token and no code, and every step in its order', async () => {
    const client = clientIn(team);
    await using run = await play(team, 'sudden', 'app');
    await client.signIn();
    const { steps } = await team.postern.rehearsals.result(run.id);
    // The job that follows keys says once a second that it has.
    const kinds = steps.map(({ kind }) => kind).filter((kind) => kind !== 'played');
    expect(kinds).toEqual(['began', 'asked', 'token', 'keys', 'alive']);
    const kept = JSON.stringify(await team.postern.db.get('SELECT * FROM rehearsals WHERE id = ?', [run.id]));
    for (const secret of [client.given.idToken, client.given.accessToken, client.given.refreshToken]) {
      expect(secret).not.toBe('');
      expect(kept).not.toContain(secret.slice(0, 20));
    }
  });

  it('what a test saw itself decides', async () => {
    const silent = createKeyClient(registeredIn(team), { check: checks.careless(), asksUserinfo: false });
    await using run = await play(team, 'unknown-kid', 'app');
    const signedIn = await silent.signIn();
    expect(await run.verdict({ signedIn })).toMatchObject({ outcome: 'failed', sure: 'certain' });
    expect(await run.verdict({ signedIn: false })).toMatchObject({ outcome: 'passed', sure: 'certain' });
  });
});

describe('time', () => {
  async function timedWorld() {
    const clock = createManualClock(Date.now());
    const world = await createWorld({ clock });
    onTestFinished(() => world.stop());
    return { clock, world };
  }

  it('it is over at its limit, before anybody has noticed', async () => {
    const { clock, world } = await timedWorld();
    const before = await settledAt(world, '/jwks');
    const client = clientIn(world);
    const { id } = await world.postern.rehearsals.start({ variant: 'sudden', clientId: 'app', seconds: 30 });
    await client.signIn();
    expect(kidsOf(before)).not.toContain(client.given.kid);
    clock.advance(30_000);
    expect(await settledAt(world, '/jwks')).toEqual(before);
    expect(await client.signIn()).toBe(true);
    expect(kidsOf(before)).toContain(client.given.kid);
    await world.postern.oidc.follow();
    expect(await settledAt(world, '/jwks')).toEqual(before);
    const ended = (await world.postern.audit.list(world.postern.db, { limit: 1, event: 'key.rehearsal_ended' })).items;
    expect(ended).toMatchObject([{ detail: { rehearsalId: id, reason: 'time_limit', outcome: 'passed' } }]);
  });

  it('slow: a client that waits passes, one that gives up too, and which it was is seen', async () => {
    const { clock, world } = await timedWorld();
    const { issuer } = world;
    const waiting = clientIn(world);
    const check = checks.good({ issuer, clientId: 'app' }, { timeoutDuration: 300 });
    const impatient = createKeyClient(registeredIn(world), { check });
    for (const client of [waiting, impatient]) {
      const run = await play(world, 'slow', 'app');
      const signingIn = client.signIn();
      const handed = async () =>
        (await world.postern.rehearsals.find(run.id)).steps.some(({ kind }) => kind === 'token');
      await until(handed);
      if (client === waiting) {
        const answered = signingIn.then(() => true);
        await until(async () => {
          clock.advance(1000);
          return Promise.race([answered, new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
        });
      }
      expect(await signingIn).toBe(client === waiting);
      const seen = async () => (await world.postern.rehearsals.find(run.id)).steps.find(({ kind }) => kind === 'keys');
      await until(async () => (await seen()) !== undefined);
      expect(await seen()).toMatchObject(client === waiting ? { status: 200 } : { isGivenUp: true });
      await run.end();
      expect(await client.signIn()).toBe(true);
      expect(await run.verdict()).toMatchObject({ outcome: 'passed' });
    }
  });
});

it('keys may change meanwhile: the rehearsal goes on, and what is left after it are the new keys', async () => {
  const client = clientIn(team);
  const run = await play(team, 'sudden', 'app');
  const { kid } = await team.postern.keys.rotate('RS256', { by });
  expect(await client.signIn()).toBe(true);
  expect(client.given.kid).not.toBe(kid);
  expect(kidsOf(await documentAt(team, '/jwks'))).toEqual(expect.arrayContaining([kid, client.given.kid]));
  await run.end();
  expect(await client.signIn()).toBe(true);
  expect(client.given.kid).toBe(kid);
});

it('a server in serve does not rehearse', async () => {
  const world = await createWorld({ mode: 'serve' });
  onTestFinished(() => world.stop());
  await expect(play(world, 'sudden', 'app')).rejects.toMatchObject({ code: 'forbidden' });
});

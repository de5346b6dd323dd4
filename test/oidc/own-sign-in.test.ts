import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpsWorld } from '../support/https-world.ts';
import { answerOf, createOwnDoor } from '../support/own-door.ts';
import { silently, typed } from '../support/silent.ts';
import { createWorld, type World } from '../support/world.ts';

describe.each([
  { place: 'testing', open: () => createWorld() },
  { place: 'serve', open: () => createWorld({ mode: 'serve' }) },
  { place: 'serve behind a proxy that ends TLS', open: () => createHttpsWorld() },
])('the sign-in of our own pages, in $place', ({ open }) => {
  let world: World;
  beforeAll(async () => {
    world = await open();
  });
  afterAll(() => world.stop());

  const admin = () => createOwnDoor(world.postern, 'postern-admin');

  it.each(['postern-admin', 'postern-account'] as const)(
    '%s learns who it is, without a consent page',
    async (client) => {
      const visitor = world.visitor();
      const door = createOwnDoor(world.postern, client);
      const { url, kept } = door.begin();
      const began = Date.now();
      const { answer, pages } = await answerOf(visitor, url, typed(world, 'alice'));
      expect(pages).toHaveLength(1);
      const signedIn = await door.finish(visitor, answer, kept);
      expect(signedIn).toEqual({
        accountId: world.people.alice.id,
        authTime: expect.any(Number),
        sessionUid: expect.any(String),
      });
      expect(Math.abs(signedIn.authTime - began)).toBeLessThan(5000);
      // The handle of that session is in the list.
      const { sessions, oidc } = world.postern;
      const handle = sessions.handleOf(signedIn.sessionUid);
      const list = await sessions.listOfAccount(world.people.alice.id);
      expect(list.find(({ id }) => id === handle)?.clientIds).toEqual([client]);

      expect(await oidc.sessionIsAlive(signedIn.sessionUid, world.people.alice.id)).toBe(true);
      expect(await oidc.sessionIsAlive(signedIn.sessionUid, world.people.bob.id)).toBe(false);
      expect(await oidc.sessionIsAlive(handle, world.people.alice.id)).toBe(false);
      // A second door needs no page at all.
      const other = createOwnDoor(world.postern, 'postern-account');
      const again = other.begin({ prompt: 'none' });
      const silent = await answerOf(visitor, again.url);
      expect((await other.finish(visitor, silent.answer, again.kept)).sessionUid).toBe(signedIn.sessionUid);
      await sessions.end(handle, {}, { by: { type: 'operator' } });
      expect(await oidc.sessionIsAlive(signedIn.sessionUid, world.people.alice.id)).toBe(false);
    },
  );

  it('D11 asks again for an older sign-in, and when told to', async () => {
    const visitor = world.visitor();
    const first = admin().begin();
    await answerOf(visitor, first.url, typed(world, 'alice'));
    for (const asked of [{ prompt: 'login' }, { maxAge: 0 }]) {
      const { pages } = await answerOf(visitor, admin().begin(asked).url, typed(world, 'alice'));
      expect(pages).toHaveLength(1);
    }
    const { pages } = await answerOf(visitor, admin().begin({ maxAge: 300 }).url, typed(world, 'alice'));
    expect(pages).toEqual([]);
  });

  it('takes no answer of another browser, of another sign-in, of another client, or twice', async () => {
    const [alice, bob] = [world.visitor(), world.visitor()];
    const [hers, his] = [admin().begin(), admin().begin()];
    const one = (await answerOf(alice, hers.url, typed(world, 'alice'))).answer;
    const other = (await answerOf(bob, his.url, typed(world, 'bob'))).answer;
    const refused = { code: 'invalid' };
    const changed = (url: URL, name: string, value: string) => {
      const copy = new URL(url);
      copy.searchParams.set(name, value);
      return copy;
    };
    // Hers in his browser: state, then everything but the session.
    await expect(admin().finish(bob, one, his.kept)).rejects.toMatchObject(refused);
    await expect(admin().finish(alice, changed(one, 'iss', 'https://evil.example'), hers.kept)).rejects.toMatchObject(
      refused,
    );
    await expect(admin().finish(alice, changed(one, 'state', ''), hers.kept)).rejects.toMatchObject(refused);
    const nonce = { ...hers.kept, nonce: his.kept.nonce };
    const verifier = { ...hers.kept, verifier: his.kept.verifier };
    await expect(admin().finish(alice, one, verifier)).rejects.toMatchObject(refused);
    const fresh = admin().begin();
    const again = (await answerOf(alice, fresh.url)).answer;
    await expect(admin().finish(alice, again, { ...fresh.kept, nonce: nonce.nonce })).rejects.toMatchObject(refused);
    // A code of one door at the other.
    const account = createOwnDoor(world.postern, 'postern-account');
    const third = admin().begin();
    const code = (await answerOf(alice, third.url)).answer;
    await expect(account.finish(alice, code, third.kept)).rejects.toMatchObject(refused);
    // The right code, state and verifier, carried into his browser.
    const fourth = admin().begin();
    const stolen = (await answerOf(alice, fourth.url)).answer;
    await expect(admin().finish(bob, stolen, fourth.kept)).rejects.toMatchObject(refused);
    await expect(admin().finish(world.visitor(), other, his.kept)).rejects.toMatchObject(refused);
    // Twice.
    const fifth = admin().begin();
    const good = (await answerOf(alice, fifth.url)).answer;
    await admin().finish(alice, good, fifth.kept);
    await expect(admin().finish(alice, good, fifth.kept)).rejects.toMatchObject(refused);
  });

  it('says so when the sign-in was cancelled', async () => {
    const visitor = world.visitor();
    const { url, kept } = admin().begin({ prompt: 'none' });
    const { answer } = await answerOf(visitor, url);
    await expect(admin().finish(visitor, answer, kept)).rejects.toMatchObject({
      code: 'forbidden',
      cause: { error: 'login_required' },
    });
    expect(await silently(world, visitor)).toBe('login_required');
  });

  it('is nobody’s else: the clients take no other address, no other grant, and can’t be registered', async () => {
    const { clients } = world.postern;
    const asked = { client_id: 'postern-admin', scope: 'openid', redirect_uri: 'https://rp.example/cb' };
    const elsewhere = await world.visitor().request(world.authorizeUrl('app', asked));
    expect(elsewhere.status).toBe(400);
    const form = { grant_type: 'client_credentials', client_id: 'postern-admin' };
    const answer = await fetch(`${world.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
    expect(answer.status).toBe(400);
    const input = { id: 'postern-admin', redirectUris: ['https://rp.example/cb'] };
    await expect(clients.create(input, { by: { type: 'operator' } })).rejects.toMatchObject({ code: 'conflict' });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { startPostern } from '../../../src/testing/testing.ts';
import { createHttpsWorld } from '../../support/https-world.ts';
import { typed } from '../../support/silent.ts';
import { createWorld, type redirectUris, type World } from '../../support/world.ts';

/** Whether a person who has allowed this client before is asked again. */
async function asksAgain(world: World, client: keyof typeof redirectUris, changes: Record<string, string> = {}) {
  const visitor = world.visitor();
  const url = world.authorizeUrl(client, changes);
  expect((await world.signIn(visitor, url)).searchParams.has('code')).toBe(true);
  const again = await visitor.open(url);
  const silent = await visitor.request(world.authorizeUrl(client, { ...changes, prompt: 'none' }));
  const error = new URL(silent.headers.get('location') ?? '').searchParams.get('error');
  return { asked: again.text.includes('id="consent-allow"'), silentError: error };
}

describe('a client that anyone could pose as', () => {
  it('G04 asks every time when it is native, has the loopback port it likes, or a scheme of its own', async () => {
    const world = await createWorld();
    const asked = { asked: true, silentError: 'interaction_required' };
    try {
      expect(await asksAgain(world, 'cli', { redirect_uri: 'http://127.0.0.1:49152/cb' })).toEqual(asked);
      expect(await asksAgain(world, 'app')).toEqual({ asked: false, silentError: null });
    } finally {
      await world.stop();
    }
  });

  it('G04 in `serve` also when it has no secret and no https address; with https it does not', async () => {
    const world = await createHttpsWorld();
    try {
      const local = { id: 'local', tokenEndpointAuthMethod: 'none', redirectUris: ['http://localhost:9/cb'] } as const;
      await world.postern.clients.create(
        { ...local, redirectUris: [...local.redirectUris], access: 'everybody' },
        { by: { type: 'system' } },
      );
      const changes = { client_id: 'local', redirect_uri: 'http://localhost:9/cb' };
      expect(await asksAgain(world, 'spa', changes)).toEqual({ asked: true, silentError: 'interaction_required' });
      expect(await asksAgain(world, 'spa')).toEqual({ asked: false, silentError: null });
    } finally {
      await world.stop();
    }
  });
});

describe('the consent page', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ lifetimes: { refreshTokenSeconds: 45 * 86_400 } });
  });
  afterAll(() => world.stop());

  it('G05 says who asks, for what, for how long, where it goes back to, and who is signed in', async () => {
    const visitor = world.visitor();
    const scope = 'openid profile email groups offline_access';
    const url = world.authorizeUrl('app', { scope, prompt: 'login consent' });
    const page = await visitor.submit(await visitor.open(url), typed(world, 'alice'));
    const main = /<main[\s\S]*<\/main>/.exec(page.text)?.[0] ?? '';
    for (const said of [
      'The app',
      'rp.example',
      'alice of the tests',
      'alice@example.test',
      'engineering',
      '45 days',
    ]) {
      expect(main).toContain(said);
    }
    expect(main.match(/<li>/g)).toHaveLength(5);
    expect(main).toContain('id="interaction-cancel"');
    expect(main).not.toContain('Nobody has checked');
  });

  it('G05 only what is new is asked for the second time', async () => {
    const visitor = world.visitor();
    await world.signIn(visitor, world.authorizeUrl('app', { scope: 'openid profile' }));
    const page = await visitor.open(world.authorizeUrl('app', { scope: 'openid profile email' }));
    expect(page.text).toContain('alice@example.test');
    expect(page.text.match(/<li>/g)).toHaveLength(1);
  });

  it('G05 in `serve` a client that any program could pose as is marked too; with a secret or https it is not', async () => {
    const served = await createHttpsWorld();
    try {
      const add = (id: string, redirectUri: string, more: object) =>
        served.postern.clients.create(
          { id, redirectUris: [redirectUri], access: 'everybody', ...more },
          { by: { type: 'system' } },
        );
      const isPublic = { tokenEndpointAuthMethod: 'none' } as const;
      await add('local', 'http://localhost:9/cb', { ...isPublic, firstParty: true });
      await add('kept', 'http://localhost:9/cb', {});
      const isMarked = async (client_id: string, redirect_uri: string) => {
        const visitor = served.visitor();
        const page = await visitor.open(served.authorizeUrl('spa', { client_id, redirect_uri }));
        const consent = await visitor.submit(page, typed(served, 'alice'));
        expect(consent.text).toContain('id="consent-allow"');
        return consent.text.includes('Nobody has checked who runs this app.');
      };
      expect(await isMarked('local', 'http://localhost:9/cb')).toBe(true);
      expect(await isMarked('kept', 'http://localhost:9/cb')).toBe(false);
      expect(await isMarked('spa', 'https://spa.example/cb')).toBe(false);
    } finally {
      await served.stop();
    }
  });

  it('G05 an unknown client that registered itself is marked as one nobody has checked', async () => {
    const dev = await startPostern({ mode: 'dev', memory: true });
    try {
      const open = async (clientId: string, redirectUri: string) => {
        const visitor = createVisitor(dev.issuer);
        const query = { client_id: clientId, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' };
        const page = await visitor.open(`/authorize?${new URLSearchParams(query)}`);
        return visitor.submit(page, { username: 'alice', password: 'alice' });
      };
      const page = await open('nobody-knows-me', 'http://localhost:9/cb');
      expect(page.text).toContain('id="consent-allow"');
      expect(page.text).toContain('nobody-knows-me');
      expect(page.text).toContain('localhost:9');
      expect(page.text).toContain('Nobody has checked who runs this app.');
    } finally {
      await dev.stop();
    }
  });
});

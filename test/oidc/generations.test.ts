import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchKeySet, kidsOf } from '../support/key-set.ts';
import { createLogLines } from '../support/log-lines.ts';
import { createWorld, redirectUris, verifier, type World } from '../support/world.ts';

const log = createLogLines();
const by = { by: { type: 'operator' } } as const;
let world: World;
beforeAll(async () => {
  world = await createWorld({ logLevel: 'error', logStream: log.stream });
});
afterAll(() => world.stop());

describe('Provider generations', () => {
  it('carry one sign-in over a swap before every step', async () => {
    const visitor = world.visitor();
    const { oidc } = world.postern;
    let page = await visitor.open(world.authorizeUrl('app'));
    await oidc.refresh();
    page = await visitor.submit(page, { username: 'alice', password: world.people.alice.password });
    await oidc.refresh();
    page = await visitor.submit(page, { do: 'allow' });
    await oidc.refresh();
    const response = await fetch(`${world.issuer}/token`, {
      method: 'POST',
      headers: { authorization: world.basic('app') },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(page.url).searchParams.get('code') ?? '',
        redirect_uri: redirectUris.app,
        code_verifier: verifier,
      }),
    });
    expect(response.status).toBe(200);
    const tokens = (await response.json()) as { id_token: string; access_token: string };
    await oidc.refresh();
    const keySet = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token, keySet, {
      issuer: world.issuer,
      audience: 'app',
    });
    expect(payload.sub).toBe(world.people.alice.id);
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(200);
  });

  it('answer requests that run while they are swapped', async () => {
    const ask = () => fetch(`${world.issuer}/jwks`).then((response) => response.status);
    const answers: Promise<number>[] = [];
    for (let round = 0; round < 20; round++) {
      answers.push(ask(), ask());
      await world.postern.oidc.refresh();
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  });
});

describe('every client is validated again before a swap', () => {
  const said = (message: string) => log.lines.filter(({ msg }) => String(msg).startsWith(message));
  const complaints = () => said('a client cannot be used').map(({ clientId }) => clientId);
  const update = (id: string, metadata: string) =>
    world.postern.db.run('UPDATE clients SET metadata = ? WHERE id = ?', [metadata, id]);

  it('and who cannot be used any more is named in the log, each by itself', async () => {
    await world.postern.oidc.refresh();
    expect(complaints()).toEqual([]);
    const redirectUris = ['https://wiki.example/cb'];
    for (const id of ['wiki', 'other']) await world.postern.clients.create({ id, redirectUris }, by);
    await update('wiki', JSON.stringify({ redirect_uris: ['no address'] }));
    await world.postern.oidc.refresh();
    expect(complaints()).toEqual(['wiki']);
  });

  it('J05 a row that nobody can read keeps no key from being taken out', async () => {
    await update('wiki', '{"redirect_uris": [');
    const { keys } = world.postern;
    const kid = (await keys.signingSet()).active.get('RS256')?.kid ?? '';
    const { successor } = await keys.revoke(kid, by);
    expect(said('the clients could not be validated')).toHaveLength(1);
    const published = kidsOf(await fetchKeySet(world.issuer));
    expect(published).toContain(successor);
    expect(published).not.toContain(kid);
  });
});

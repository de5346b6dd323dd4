import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, redirectUris, verifier, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
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

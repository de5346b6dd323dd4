import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, endpointsOf } from '../../support/endpoint.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
let at: ReturnType<typeof endpointsOf>;
beforeAll(async () => {
  world = await createWorld({ strictClients: true });
  at = endpointsOf(world);
});
afterAll(() => world?.stop());

describe('the userinfo endpoint', () => {
  it('answers by GET and POST with the claims of the scopes, and no more', async () => {
    const { access_token, id_token } = await at.tokens('app', { scope: 'openid profile' });
    const { body } = await at.userinfo(access_token);
    expect(body).toMatchObject({ sub: world.people.alice.id, name: 'alice of the tests' });
    expect(body).not.toHaveProperty('email');
    expect(JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()).sub).toBe(body.sub);
    const posted = await ask(`${world.issuer}/userinfo`, {
      method: 'POST',
      body: new URLSearchParams({ access_token }),
    });
    expect(posted.body).toEqual(body);
  });

  it('C09 takes access tokens alone; nothing else is taken for one, or for a refresh token', async () => {
    const code = await at.code('app');
    expect((await at.userinfo(code)).status).toBe(401);
    const { body } = await at.token('app', world.codeForm('app', code));
    const { access_token, refresh_token, id_token } = body;
    for (const token of [id_token, refresh_token]) {
      const answer = await at.userinfo(token);
      expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    for (const wrong of [access_token, id_token, code]) {
      const answer = await at.token('app', { grant_type: 'refresh_token', refresh_token: wrong });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
    for (const wrong of [access_token, refresh_token, id_token]) {
      const answer = await at.token('app', world.codeForm('app', wrong));
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
    expect((await at.userinfo(access_token)).status).toBe(200);
  });

  it('C10 takes the exact token: not one shorter, longer or written otherwise', async () => {
    const { access_token: token } = await at.tokens('app');
    const flipped = token.replace(/[a-z]/, (letter) => letter.toUpperCase());
    const last = token.at(-1) === 'A' ? 'B' : 'A';
    const variants = [
      ...[token.slice(0, -1), `${token}A`, `${token}=`, flipped, token.slice(1), `${token.slice(0, -1)}${last}`],
      ...[token.toLowerCase(), token.toUpperCase(), `${token}.`, `${token}%00`, encodeURIComponent(`${token}\n`)],
    ];
    for (const variant of variants) expect((await at.userinfo(variant)).status, variant).toBe(401);
    expect((await at.userinfo(token)).status).toBe(200);
  });

  it('C11 takes no token in the address', async () => {
    const { access_token } = await at.tokens('app');
    const url = `${world.issuer}/userinfo?${new URLSearchParams({ access_token })}`;
    expect(await ask(url)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const authorization = `Bearer ${access_token}`;
    expect((await ask(url, { headers: { authorization } })).status).toBe(400);
  });

  it('C11 without a token, or with one given twice or in another scheme, is refused', async () => {
    const { access_token } = await at.tokens('app');
    const url = `${world.issuer}/userinfo`;
    expect((await ask(url)).status).toBe(401);
    for (const authorization of [
      'Bearer',
      `Basic ${access_token}`,
      `Bearer ${access_token} x`,
      `DPoP ${access_token}`,
    ]) {
      expect([400, 401]).toContain((await ask(url, { headers: { authorization } })).status);
    }
    const twice = { method: 'POST', body: new URLSearchParams({ access_token }) };
    expect((await ask(url, { ...twice, headers: { authorization: `Bearer ${access_token}` } })).status).toBe(400);
  });

  it('refuses a token of a client or a person that has been disabled since', async () => {
    const by = { type: 'system' } as const;
    const { accounts, clients } = world.postern;
    const refresh = ({ refresh_token }: { refresh_token: string }) =>
      at.token('app2', { grant_type: 'refresh_token', refresh_token });
    const tokens = await at.tokens('app2');
    for (const isDisabled of [true, false]) {
      // What ended does not come back with the person.
      await accounts.setDisabled(world.people.alice.id, isDisabled, { by });
      expect((await at.userinfo(tokens.access_token)).status).toBe(401);
      expect(await refresh(tokens)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
    const others = await at.tokens('app2');
    expect((await at.userinfo(others.access_token)).status).toBe(200);
    await clients.setDisabled('app2', true, { by });
    expect((await at.userinfo(others.access_token)).status).toBe(401);
    expect((await refresh(others)).status).toBe(401);
  });
});

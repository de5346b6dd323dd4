/** openid-client, as an app would use it, against every endpoint it knows. */
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { approve } from '../../support/device.ts';

const callback = 'http://localhost:3000/callback';
const alice = { username: 'alice', password: 'alice' };
const resource = 'https://api.example.test/';

let postern: Postern;
beforeAll(async () => {
  const lifetimes = { deviceIntervalSeconds: 1 };
  const resources = [{ identifier: resource, scopes: ['read', 'write'], format: 'jwt' as const }];
  postern = await startPostern({ mode: 'dev', memory: true, lifetimes, resources });
  const by = { type: 'system' } as const;
  const grantTypes = ['authorization_code', 'refresh_token'] as const;
  const page = { id: 'page', tokenEndpointAuthMethod: 'none', redirectUris: [callback] } as const;
  await postern.clients.create({ ...page, redirectUris: [callback], grantTypes: [...grantTypes] }, { by });
  await postern.clients.create({ id: 'api', grantTypes: ['client_credentials'], resourceServer: [resource] }, { by });
});
afterAll(() => postern.stop());

const options = { execute: [client.allowInsecureRequests] };
const issuer = () => new URL(postern.issuer);
const demo = (authentication = client.ClientSecretBasic('demo-secret')) =>
  client.discovery(issuer(), 'demo', {}, authentication, options);
const page = () => client.discovery(issuer(), 'page', {}, client.None(), options);

type Prepared = { parameters: Record<string, string>; checks: client.AuthorizationCodeGrantChecks };

async function prepare(changes: Record<string, string> = {}): Promise<Prepared> {
  const [pkceCodeVerifier, expectedState, expectedNonce] = [
    client.randomPKCECodeVerifier(),
    client.randomState(),
    client.randomNonce(),
  ];
  const parameters = {
    ...{ redirect_uri: callback, scope: 'openid profile email groups', code_challenge_method: 'S256' },
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    ...{ state: expectedState, nonce: expectedNonce, ...changes },
  };
  return { parameters, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

/** Signs alice in with a browser of her own; the tokens. */
async function tokensFor(config: client.Configuration, changes: Record<string, string> = {}, form = {}) {
  const { parameters, checks } = await prepare(changes);
  const url = client.buildAuthorizationUrl(config, parameters);
  const answer = await signIn(createVisitor(postern.issuer), url.href, alice);
  return client.authorizationCodeGrant(config, answer, checks, form);
}

describe('openid-client', () => {
  it('discovers the endpoints under their fixed names', async () => {
    const server = (await demo()).serverMetadata();
    expect(server).toMatchObject({
      issuer: postern.issuer,
      authorization_endpoint: `${postern.issuer}/authorize`,
      token_endpoint: `${postern.issuer}/token`,
      userinfo_endpoint: `${postern.issuer}/userinfo`,
      jwks_uri: `${postern.issuer}/jwks`,
      introspection_endpoint: `${postern.issuer}/introspect`,
      revocation_endpoint: `${postern.issuer}/revoke`,
      pushed_authorization_request_endpoint: `${postern.issuer}/par`,
      device_authorization_endpoint: `${postern.issuer}/device/code`,
      end_session_endpoint: `${postern.issuer}/logout`,
      authorization_response_iss_parameter_supported: true,
      code_challenge_methods_supported: ['S256'],
    });
    const oauth = await client.discovery(issuer(), 'demo', {}, client.None(), { ...options, algorithm: 'oauth2' });
    expect(oauth.serverMetadata().token_endpoint).toBe(server.token_endpoint);
  });

  it.each([
    { name: 'Basic', authentication: client.ClientSecretBasic('demo-secret') },
    { name: 'the body', authentication: client.ClientSecretPost('demo-secret') },
  ])('signs in with code and PKCE, the secret in $name', async ({ authentication }) => {
    const config = await demo(authentication);
    client.enableNonRepudiationChecks(config);
    const tokens = await tokensFor(config);
    const claims = tokens.claims();
    expect(claims).toMatchObject({ iss: postern.issuer, aud: 'demo', preferred_username: 'alice' });
    expect(claims?.groups).toEqual(['admins', 'engineering']);
    const person = await client.fetchUserInfo(config, tokens.access_token, claims?.sub as string);
    expect(person).toMatchObject({ email: 'alice@example.test', email_verified: true, name: 'Alice Archer' });
  });

  it('signs in without a secret', async () => {
    const tokens = await tokensFor(await page());
    expect(tokens.claims()?.aud).toBe('page');
    await expect(tokensFor(await client.discovery(issuer(), 'page', {}, client.ClientSecretPost('x'), options)))
      .rejects //
      .toMatchObject({ error: 'invalid_client' });
  });

  it('signs in with the answer in a form', async () => {
    const { parameters, checks } = await prepare({ response_mode: 'form_post' });
    const config = await demo();
    const visitor = createVisitor(postern.issuer);
    let step = await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
    step = await visitor.submit(step, alice);
    step = await visitor.submit(step, { do: 'allow' });
    expect(step.headers.get('content-security-policy')).toContain(`form-action 'self' ${new URL(callback).origin};`);
    const fields = [...step.text.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, value],
    );
    const request = new Request(callback, { method: 'POST', body: new URLSearchParams(fields) });
    const tokens = await client.authorizationCodeGrant(config, request, checks);
    expect(tokens.claims()?.preferred_username).toBe('alice');
  });

  it('pushes its request first, and the address of it is good for one sign-in', async () => {
    const config = await demo();
    const { parameters, checks } = await prepare();
    const url = await client.buildAuthorizationUrlWithPAR(config, parameters);
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const answer = await signIn(createVisitor(postern.issuer), url.href, alice);
    const tokens = await client.authorizationCodeGrant(config, answer, checks);
    expect(tokens.claims()?.preferred_username).toBe('alice');
    const again = await createVisitor(postern.issuer).open(url.href);
    expect(again.status).toBe(400);
  });

  it('asks for a resource and gets a JWT for it', async () => {
    const config = await demo();
    const changes = { scope: 'openid read', resource };
    const tokens = await tokensFor(config, changes, { resource });
    const payload = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(payload).toMatchObject({ iss: postern.issuer, aud: resource, scope: 'read', client_id: 'demo' });
  });

  it('refreshes: a confidential client keeps its token, a public one gets the next', async () => {
    const confidential = await demo();
    const kept = await tokensFor(confidential);
    const refreshed = await client.refreshTokenGrant(confidential, kept.refresh_token as string);
    expect(refreshed.access_token).not.toBe(kept.access_token);
    expect(refreshed.refresh_token ?? kept.refresh_token).toBe(kept.refresh_token);
    expect(refreshed.claims()?.sub).toBe(kept.claims()?.sub);

    const open = await page();
    const first = await tokensFor(open);
    const second = await client.refreshTokenGrant(open, first.refresh_token as string);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    await expect(client.refreshTokenGrant(open, first.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.refreshTokenGrant(open, second.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('introspects and revokes what it was given: with one token go those beside it', async () => {
    const config = await demo();
    for (const revoked of ['access_token', 'refresh_token'] as const) {
      const tokens = await tokensFor(config);
      const about = await client.tokenIntrospection(config, tokens.access_token);
      expect(about).toMatchObject({ active: true, client_id: 'demo', sub: tokens.claims()?.sub });
      await client.tokenRevocation(config, tokens[revoked] as string);
      for (const token of [tokens.access_token, tokens.refresh_token as string])
        expect(await client.tokenIntrospection(config, token)).toEqual({ active: false });
      await expect(client.refreshTokenGrant(config, tokens.refresh_token as string)).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  });

  it('acts for itself', async () => {
    const config = await demo();
    const tokens = await client.clientCredentialsGrant(config);
    expect(tokens.refresh_token).toBeUndefined();
    expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: 'demo',
    });
    const forApi = await client.clientCredentialsGrant(config, { resource, scope: 'read' });
    expect(forApi.access_token.split('.')).toHaveLength(3);
    expect(forApi.scope).toBe('read');
  });

  it('signs in with DPoP-bound tokens', async () => {
    const config = await demo();
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const { parameters, checks } = await prepare();
    const url = client.buildAuthorizationUrl(config, parameters);
    const answer = await signIn(createVisitor(postern.issuer), url.href, alice);
    const tokens = await client.authorizationCodeGrant(config, answer, checks, {}, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    const person = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub as string, { DPoP });
    expect(person.name).toBe('Alice Archer');
    await expect(client.fetchUserInfo(config, tokens.access_token, person.sub)).rejects.toThrow();
  });

  it('signs a device in while it polls', async () => {
    const config = await demo();
    const started = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' });
    expect(started).toMatchObject({ verification_uri: `${postern.issuer}/device`, expires_in: 600, interval: 1 });
    const polled = client.pollDeviceAuthorizationGrant(config, started);
    await approve(createVisitor(postern.issuer), started.user_code, alice);
    const tokens = await polled;
    expect(tokens.claims()?.preferred_username).toBe('alice');
  });

  it('is told when the person stops the device', async () => {
    const config = await demo();
    const started = await client.initiateDeviceAuthorization(config, { scope: 'openid' });
    const polled = client.pollDeviceAuthorizationGrant(config, started);
    const visitor = createVisitor(postern.issuer);
    const asked = await visitor.submit(await visitor.open('/device'), { user_code: started.user_code });
    const [refusal] = await Promise.allSettled([polled, visitor.submit(asked, { abort: 'yes' })]);
    expect(refusal).toMatchObject({ status: 'rejected', reason: { error: 'access_denied' } });
  });

  it.each([
    { name: 'with the ID token, at once', hint: true },
    { name: 'without it, after the person confirms', hint: false },
  ])('signs out and lands at the app: $name', async ({ hint }) => {
    const config = await demo();
    const { parameters, checks } = await prepare();
    const visitor = createVisitor(postern.issuer);
    const answer = await signIn(visitor, client.buildAuthorizationUrl(config, parameters).href, alice);
    const tokens = await client.authorizationCodeGrant(config, answer, checks);
    const home = 'http://localhost:3000/';
    const url = client.buildEndSessionUrl(config, {
      ...{ post_logout_redirect_uri: home, state: 'out' },
      ...(hint && { id_token_hint: tokens.id_token as string }),
    });
    const first = await visitor.open(url.href);
    if (!hint) expect(first.text).toContain('id="logout-yes"');
    const last = hint ? first : await visitor.submit(first, { logout: 'yes' });
    expect(last.url).toBe(`${home}?state=out`);
    const silent = client.buildAuthorizationUrl(config, { ...parameters, prompt: 'none' });
    expect(new URL((await visitor.open(silent.href)).url).searchParams.get('error')).toBe('login_required');
    expect(await client.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  it('a person who cancels is an error the app can name', async () => {
    const config = await demo();
    const { parameters, checks } = await prepare();
    const visitor = createVisitor(postern.issuer);
    const asked = await visitor.open(client.buildAuthorizationUrl(config, parameters).href);
    const answer = new URL((await visitor.submit(asked, { do: 'cancel' })).url);
    await expect(client.authorizationCodeGrant(config, answer, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });
});

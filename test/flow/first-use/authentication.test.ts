import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVisitor, signIn } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';
import { basic, type Form, post } from '../../support/endpoint.ts';

const redirectUri = 'http://localhost:3000/cb';
const client_id = 'my-app';
let postern: Postern;
beforeEach(async () => {
  postern = await startPostern({ mode: 'dev', memory: true });
});
afterEach(() => postern.stop());

/** alice signs in at an app that nobody has registered. */
async function codeForm(): Promise<Form> {
  const parameters = { client_id, redirect_uri: redirectUri, response_type: 'code', scope: 'openid offline_access' };
  const url = `${postern.issuer}/authorize?${new URLSearchParams({ ...parameters, prompt: 'consent' })}`;
  const back = await signIn(createVisitor(postern.issuer), url, { username: 'alice', password: 'alice' });
  return { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: redirectUri };
}
const token = (form: Form, headers: Record<string, string> = {}) => post(`${postern.issuer}/token`, form, headers);
const decided = async () => {
  const client = await postern.clients.find(client_id);
  return client?.authUndecided === true ? 'undecided' : client?.tokenEndpointAuthMethod;
};

describe('how a client of first use authenticates', () => {
  it('is not decided by a request that leads to no tokens, wherever it comes', async () => {
    const form = await codeForm();
    for (const stray of [{}, { client_secret: 'not-the-app' }]) {
      await token({ client_id, ...stray, grant_type: 'garbage' });
      await token({
        client_id,
        ...stray,
        grant_type: 'authorization_code',
        code: 'guessed',
        redirect_uri: redirectUri,
      });
      await token({ client_id, ...stray, grant_type: 'refresh_token', refresh_token: 'guessed' });
      for (const path of ['/introspect', '/revoke', '/device/code']) {
        await post(`${postern.issuer}${path}`, { client_id, ...stray, token: 'guessed' });
      }
      const request = { client_id, ...stray, redirect_uri: redirectUri, response_type: 'code', scope: 'openid' };
      expect((await post(`${postern.issuer}/par`, request)).status).toBe(201);
    }
    expect(await decided()).toBe('undecided');
    expect((await token(form, basic(client_id, 'its own secret'.replaceAll(' ', '-')))).status).toBe(200);
    expect(await decided()).toBe('client_secret_basic');
  });

  it('is by the secret that got the first tokens, which no other replaces', async () => {
    const { body } = await token({ ...(await codeForm()), client_id, client_secret: 'first' });
    expect(await decided()).toBe('client_secret_post');
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token, client_id };
    expect((await token({ ...refresh, client_secret: 'second' })).status).toBe(401);
    expect((await token(refresh)).status).toBe(401);
    expect((await token({ ...refresh, client_secret: 'first' })).status).toBe(200);
  });

  it('is by nothing when the first tokens were given without a secret', async () => {
    expect((await token({ ...(await codeForm()), client_id })).status).toBe(200);
    expect(await decided()).toBe('none');
    expect((await token({ ...(await codeForm()), client_id, client_secret: 'late' })).status).toBe(401);
  });

  it('of several first requests at once one decides, and only those that fit it get tokens', async () => {
    const secrets = ['one', 'two', 'three', undefined];
    const forms: Form[] = [];
    for (const client_secret of secrets) forms.push({ ...(await codeForm()), client_id, client_secret });
    const answers = await Promise.all(forms.map((form) => token(form)));
    const winners = answers.flatMap(({ status }, index) => (status === 200 ? [secrets[index]] : []));
    expect(winners).toHaveLength(1);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.error, body.access_token]).toEqual([401, 'invalid_client', undefined]);
    }
    expect(await decided()).toBe(winners[0] === undefined ? 'none' : 'client_secret_post');
    const entries = (await postern.audit.list(postern.db, { limit: 10, event: 'client.secret_fixed' })).items;
    expect(entries).toHaveLength(1);
    expect((await token({ ...(await codeForm()), client_id, client_secret: winners[0] })).status).toBe(200);
  });
});

/** Walks through everything the product does, leaves some of it open, and hands back every live value that is a secret. */
import { createVisitor } from '../../src/testing/sign-in.ts';
import { redirectUris, type World } from './world.ts';

/** Each secret by what it is. */
export type Secrets = Map<string, string>;

export async function runManyFlows(world: World): Promise<Secrets> {
  const secrets: Secrets = new Map();
  const keep = (name: string, value: unknown) => {
    if (typeof value === 'string' && value.length >= 8) secrets.set(name, value);
    else throw new Error(`The flow gave no ${name}`);
  };
  const keepTokens = (name: string, body: Record<string, unknown>) => {
    for (const part of ['access_token', 'refresh_token', 'id_token']) {
      if (body[part] !== undefined) keep(`${name} ${part}`, body[part]);
    }
  };
  for (const [name, secret] of Object.entries(world.secrets)) keep(`secret of ${name}`, secret);
  for (const [name, { password }] of Object.entries(world.people)) keep(`password of ${name}`, password);

  await signInFlows(world, keep, keepTokens);
  await machineFlows(world, keep, keepTokens);
  await deviceFlow(world, keep);
  await refusedFlows(world, keep);
  return secrets;
}

type Keep = (name: string, value: unknown) => void;
type KeepTokens = (name: string, body: Record<string, unknown>) => void;

/** Tokens, a rotated refresh token, a code that nobody redeems, an interaction that stays open. */
async function signInFlows(world: World, keep: Keep, keepTokens: KeepTokens): Promise<void> {
  const offline = { scope: 'openid profile email offline_access', prompt: 'consent' };
  const visitor = world.visitor();
  for (const client of ['app', 'spa'] as const) {
    const callback = await world.signIn(visitor, world.authorizeUrl(client, offline));
    const code = callback.searchParams.get('code');
    keep(`redeemed code of ${client}`, code);
    const redeemed = await world.token(client, world.codeForm(client, code));
    keepTokens(`first of ${client}`, redeemed.body);
    const form = { grant_type: 'refresh_token', refresh_token: redeemed.body.refresh_token };
    keepTokens(`second of ${client}`, (await world.token(client, form)).body);
    await fetch(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${redeemed.body.access_token}` } });
  }
  const open = await world.signIn(
    visitor,
    world.authorizeUrl('app2', { ...offline, state: 'state-left-open-1' }),
    'bob',
  );
  keep('code left open', open.searchParams.get('code'));
  for (const [name, { value }] of visitor.jar) keep(`cookie ${name}`, value);

  const stopped = world.visitor();
  const page = await stopped.open(world.authorizeUrl('app', { nonce: 'nonce-left-open-1' }));
  keep('uid of the interaction', /\/interaction\/([^/?]+)/.exec(page.url)?.[1]);
  for (const [name, { value }] of stopped.jar) keep(`cookie ${name} of the interaction`, value);
}

async function machineFlows(world: World, keep: Keep, keepTokens: KeepTokens): Promise<void> {
  const { body } = await world.token('app', { grant_type: 'client_credentials' });
  keepTokens('client credentials', body);
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${world.issuer}${path}`, {
      method: 'POST',
      headers: { authorization: world.basic('app') },
      body: new URLSearchParams(form),
    });
  await post('/introspect', { token: body.access_token });
  const pushed = Object.fromEntries(new URL(world.authorizeUrl('app')).searchParams);
  const par = (await (await post('/par', pushed)).json()) as { request_uri?: string };
  keep('pushed request', par.request_uri?.split(':').at(-1));
  const revoked = (await world.token('app', { grant_type: 'client_credentials' })).body.access_token;
  keep('revoked token', revoked);
  await post('/revoke', { token: revoked });
}

async function deviceFlow(world: World, keep: Keep): Promise<void> {
  const body = new URLSearchParams({ client_id: 'cli', scope: 'openid' });
  const response = await fetch(`${world.issuer}/device/code`, { method: 'POST', body });
  const answer = (await response.json()) as Record<string, string>;
  keep('device code', answer.device_code);
  keep('user code', answer.user_code);
  const visitor = world.visitor();
  await visitor.open(`${world.issuer}/device?user_code=${answer.user_code}`);
  await world.token('cli', {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: answer.device_code,
  });
}

/** What goes wrong, with secrets in places where a careless log would pick them up. */
async function refusedFlows(world: World, keep: Keep): Promise<void> {
  const { issuer } = world;
  const wrong = 'wrong-password-that-somebody-typed';
  keep('wrong password', wrong);
  const visitor = createVisitor(issuer);
  const page = await visitor.open(world.authorizeUrl('app'));
  await visitor.submit(page, { username: 'alice', password: wrong });
  await visitor.submit(page, { username: 'password-in-the-wrong-field', password: wrong });
  keep('password in the wrong field', 'password-in-the-wrong-field');

  const junk = 'junk-token-0123456789-abcdefghijklmnop';
  keep('junk token', junk);
  const bad = {
    authorization: `Bearer ${junk}`,
    cookie: `_session=${junk}; other=${junk}`,
    referer: `${issuer}/${junk}`,
  };
  const forms = [
    { code: junk, grant_type: 'authorization_code' },
    { refresh_token: junk, grant_type: 'refresh_token' },
  ];
  await fetch(`${issuer}/userinfo`, { headers: bad });
  for (const form of forms) await world.token('app', { ...form, redirect_uri: redirectUris.app, code_verifier: junk });
  for (const path of [`/token?code=${junk}`, `/nowhere?code=${junk}`, `/interaction/${junk}?code=${junk}`]) {
    await fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: bad,
      body: new URLSearchParams({ password: wrong, junk }),
    });
    await fetch(`${issuer}${path}`, { headers: bad });
  }
  for (const path of [`/authorize?client_id=${junk}`, `/logout?id_token_hint=${junk}`, `/authorize/${junk}`]) {
    await fetch(`${issuer}${path}`, { headers: bad, redirect: 'manual' });
  }
  const basic = { authorization: `Basic ${btoa(`app:${junk}`)}` };
  await fetch(`${issuer}/token`, { method: 'POST', headers: basic, body: new URLSearchParams({ code: junk }) });
  await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { ...basic, 'content-type': 'application/json' },
    body: `{"${junk}":`,
  });
}

/** Every HTML page a person can meet on the way in and out, as answers: for what must hold on each of them. */
import { expect } from 'vitest';
import type { Answer } from '../../src/testing/sign-in.ts';
import { enter, visitorAt } from './door-visitor.ts';
import { formOf, typed } from './silent.ts';
import type { World } from './world.ts';

const by = { by: { type: 'system' } } as const;

export type Tour = Record<string, Answer>;

export async function tourPages(world: World): Promise<Tour> {
  return {
    ...(await signInPages(world)),
    ...(await signOutPages(world)),
    ...(await devicePages(world)),
    ...(await ownPages(world)),
    ...(await linkPages(world)),
    ...(await errorPages(world)),
    ...(await adminPages(world)),
  };
}

async function adminPages(world: World): Promise<Tour> {
  const { attributes } = world.postern;
  await attributes.create({ name: 'department', type: 'string' }, { by: { type: 'operator' } });
  const admin = await visitorAt(world, '/admin', world.people.admin);
  const refused = await enter(world.visitor(), '/admin', world.people.alice);
  const alice = `/admin/accounts/${world.people.alice.id}`;
  const paths = ['', '/accounts', '/accounts/new', '/groups', '/groups/engineering', '/groups/new', '/sessions'];
  const places = ['/clients', '/clients/new', '/clients/new?kind=web', '/clients/app?as=alice', '/audit', '/api-keys'];
  const pages: Tour = { 'admin refused': refused };
  for (const path of [...paths, ...places, '/api-keys/new', '/attributes', '/attributes/department', '/attributes/new'])
    pages[`admin ${path}`] = await admin.get(`/admin${path}`);
  return {
    ...pages,
    'admin account': await admin.get(alice),
    'admin account wrong': await admin.post(alice, { username: 'two words' }),
    'admin link': await admin.post(`${alice}/link`),
    'admin client wrong': await admin.post('/admin/clients/app', { name: 'App', more: '{' }),
    'admin secret': await admin.post('/admin/clients/app2/secrets'),
    'admin key': await admin.post('/admin/api-keys/new', { name: 'sync', scopes: 'audit:read' }),
  };
}

async function signInPages(world: World): Promise<Tour> {
  const visitor = world.visitor();
  const signIn = await visitor.open(world.authorizeUrl('app'));
  const post = (page: Answer, fields: Record<string, string>) =>
    visitor.request(page.url, { method: 'POST', body: formOf(page, fields) });
  const wrong = await post(signIn, { username: 'alice', password: 'wrong' });
  const signedIn = await post(signIn, typed(world, 'alice'));
  const consent = await visitor.follow(signedIn);
  const allowed = await post(consent, { do: 'allow' });
  await visitor.follow(allowed);
  const formPost = await visitor.request(
    world.authorizeUrl('app', { response_mode: 'form_post', state: 'a"><script>x' }),
  );
  const cancelVisitor = world.visitor();
  const toCancel = await cancelVisitor.open(world.authorizeUrl('app'));
  const cancelled = await cancelVisitor.request(toCancel.url, {
    method: 'POST',
    body: formOf(toCancel, { do: 'cancel' }),
  });
  const closedVisitor = world.visitor();
  const toClosed = await closedVisitor.open(await closedClient(world));
  const noAccess = await closedVisitor.follow(
    await closedVisitor.request(toClosed.url, { method: 'POST', body: formOf(toClosed, typed(world, 'alice')) }),
  );
  const welcome = await world.visitor().request('/');
  expect(consent.text).toContain('id="consent-allow"');
  expect(noAccess.text).toContain('id="access-title"');
  expect(allowed.text).toContain('id="continue-link"');
  expect(formPost.text).toContain('name="code"');
  return {
    ...{ welcome, 'sign-in': signIn, 'sign-in failed': wrong, 'signed in, going on': signedIn, consent },
    ...{ 'allowed, going on': allowed, 'cancelled, going on': cancelled, 'form post': formPost },
    'no access': noAccess,
  };
}

/** An authorization request of an app that is open to nobody. */
async function closedClient(world: World): Promise<string> {
  const { clients } = world.postern;
  const redirectUri = 'https://closed.example/cb';
  const input = { id: 'closed', redirectUris: [redirectUri], access: 'nobody' as const };
  if (!(await clients.find('closed'))) await clients.create(input, by);
  return world.authorizeUrl('app', { client_id: 'closed', redirect_uri: redirectUri });
}

async function signOutPages(world: World): Promise<Tour> {
  const visitor = world.visitor();
  await world.signIn(visitor, world.authorizeUrl('app'));
  const to = new URLSearchParams({ client_id: 'app', post_logout_redirect_uri: 'https://rp.example/' });
  const signOut = await visitor.request(`/logout?${to}`);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(signOut.text)?.[1] ?? '';
  const body = new URLSearchParams({ xsrf, logout: 'yes' });
  const goingOn = await visitor.request('/logout/confirm', { method: 'POST', body });
  const signedOut = await visitor.request('/logout/success');
  const ofApp = await visitor.request('/logout/success?client_id=app');
  expect(goingOn.text).toContain('id="continue-link"');
  return { 'sign-out': signOut, 'signed out, going on': goingOn, 'signed out': signedOut, 'signed out of app': ofApp };
}

async function devicePages(world: World): Promise<Tour> {
  const begun = await fetch(`${world.issuer}/device/code`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'cli', scope: 'openid' }),
  });
  const { user_code: userCode = '' } = (await begun.json()) as { user_code?: string };
  const visitor = world.visitor();
  const code = await visitor.request('/device');
  const wrong = await visitor.submit(code, { user_code: 'AAAA-AAAA' });
  const confirm = await visitor.submit(await visitor.request('/device'), { user_code: userCode });
  const signIn = await visitor.submit(confirm, { confirm: 'yes' });
  const consent = await visitor.submit(signIn, typed(world, 'alice'));
  const done = await visitor.submit(consent, { do: 'allow' });
  expect(confirm.text).toContain(userCode);
  return { 'device code': code, 'device code wrong': wrong, 'device confirm': confirm, 'device done': done };
}

/** The pages of one's own. */
async function ownPages(world: World): Promise<Tour> {
  const visitor = world.visitor();
  const signIn = await visitor.open('/account');
  const account = await visitor.submit(signIn, typed(world, 'bob'));
  const wrong = await visitor.submit(account, { current: 'wrong', password: 'short', repeat: 'short' });
  const cancelVisitor = world.visitor();
  const given = await cancelVisitor.submit(await cancelVisitor.open('/account'), { do: 'cancel' });
  expect(account.text).toContain('id="own-title"');
  expect(wrong.status).toBe(422);
  expect(given.text).toContain('id="refusal-title"');
  return { account, 'account, wrong password': wrong, 'account, sign-in given up': given };
}

async function linkPages(world: World): Promise<Tour> {
  const { accounts } = world.postern;
  const { id } = (await accounts.findByUsername('invited')) ?? (await accounts.create({ username: 'invited' }, by));
  const { token } = await accounts.issueLink(id, by);
  const visitor = world.visitor();
  const link = await visitor.open(`/link?token=${token}`);
  const wrong = await visitor.submit(link, { password: 'short', repeat: 'short' });
  const done = await visitor.submit(wrong, {
    password: 'an entirely different lantern nine',
    repeat: 'an entirely different lantern nine',
  });
  const dead = await visitor.open(`/link?token=${token}`);
  expect(wrong.status).toBe(422);
  expect(done.text).toContain('id="link-done"');
  expect(dead.text).toContain('id="link-dead"');
  return { link, 'link, wrong password': wrong, 'link, done': done, 'link, dead': dead };
}

async function errorPages(world: World): Promise<Tour> {
  const visitor = world.visitor();
  const csrf = await visitor.request('/interaction/none', { method: 'POST', body: new URLSearchParams({}) });
  const tossed = await visitor.request('/interaction/none', {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  });
  return {
    'error redirect_uri': await visitor.request(world.authorizeUrl('app', { redirect_uri: 'https://evil.example/' })),
    'error client': await visitor.request(world.authorizeUrl('app', { client_id: 'nobody' })),
    'error sign-out': await visitor.request('/logout?client_id=nobody'),
    'error expired': await visitor.request('/interaction/none'),
    'error resume': await visitor.request('/authorize/none'),
    'error not found': await visitor.request('/nothing/here'),
    'error form': csrf,
    'error media type': tossed,
  };
}

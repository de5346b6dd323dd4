/** Every HTML page a person can meet on the way in and out, as answers: for what must hold on each of them. */
import { expect } from 'vitest';
import type { Answer } from '../../src/testing/sign-in.ts';
import { formOf, typed } from './silent.ts';
import type { World } from './world.ts';

export type Tour = Record<string, Answer>;

export async function tourPages(world: World): Promise<Tour> {
  return {
    ...(await signInPages(world)),
    ...(await signOutPages(world)),
    ...(await devicePages(world)),
    ...(await errorPages(world)),
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
  const welcome = await world.visitor().request('/');
  expect(consent.text).toContain('id="consent-allow"');
  expect(allowed.text).toContain('id="continue-link"');
  expect(formPost.text).toContain('name="code"');
  return {
    ...{ welcome, 'sign-in': signIn, 'sign-in failed': wrong, 'signed in, going on': signedIn, consent },
    ...{ 'allowed, going on': allowed, 'cancelled, going on': cancelled, 'form post': formPost },
  };
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

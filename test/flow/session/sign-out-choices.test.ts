import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectHarmless } from '../../support/refusals.ts';
import { appsIn, hrefOf, leave, logoutUrl, signedInAt } from '../../support/signing-out.ts';
import { cookieHeader, sessionCookie, silently, typed } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.stop());

const lastEvents = async () => (await world.postern.audit.list(world.postern.db, { limit: 20 })).items;

describe('the page that asks', () => {
  it('says which apps the person is signed in to, by name, and which of them are not told', async () => {
    await world.postern.clients.update('app2', { backchannelLogoutUri: 'https://rp2.example/bcl' }, by);
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await visitor.open(logoutUrl());
    expect(appsIn(page)).toEqual({ 'The app': undefined, 'The app2': undefined });
    const [, first = '', second = ''] = page.text.split('<li>');
    expect([first, second].map((row) => row.includes('Sign out there too'))).toEqual([true, false]);
    expect(page.text).not.toContain('id="logout-app"');
    expect(hrefOf(page, 'logout-no')).toBe('/account');
    await world.postern.clients.update('app2', { backchannelLogoutUri: null }, by);
  });

  it('offers to leave only the app that asked where the person is signed in to it', async () => {
    const visitor = await signedInAt(world, ['app']);
    expect((await visitor.open(logoutUrl({ client_id: 'app' }))).text).toContain('id="logout-app"');
    expect((await visitor.open(logoutUrl({ client_id: 'app2' }))).text).not.toContain('id="logout-app"');
  });

  it('D08 "stay signed in" is a link that changes nothing, and leads back to the app', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await visitor.open(logoutUrl({ client_id: 'app2', post_logout_redirect_uri: 'https://rp2.example/' }));
    expectHarmless(page);
    expect(hrefOf(page, 'logout-no')).toBe('https://rp2.example/');
    expect(page.text).toMatch(/<a [^>]*id="logout-no"/);
    expect(await silently(world, visitor)).toBe('signed in');
    expect(await silently(world, visitor, 'app2')).toBe('signed in');
  });

  it('D07 D08 only the app that asked: what it got ends, it alone is told, and nobody is asked for a password', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await visitor.open(logoutUrl({ client_id: 'app2' }));
    expect(page.text).toContain('id="logout-app"');
    const before = cookieHeader(visitor, '/');
    const done = await visitor.follow(await leave(visitor, page, 'the app'));
    expect(done.url).toBe(`${world.issuer}/logout/success?client_id=app2`);
    expect(done.text).toContain('You stay signed in');
    expect(done.text).toContain('<strong>The app2</strong>');
    expect(await silently(world, visitor)).toBe('signed in');
    expect(await silently(world, visitor, 'app2')).toBe('consent_required');
    expect(cookieHeader(visitor, '/')).not.toBe(before);
    const [event] = await lastEvents();
    expect(event).toMatchObject({ event: 'session.ended', clientId: 'app2', accountId: world.people.alice.id });
    const told = await world.postern.deliveries.list({ limit: 10, accountId: world.people.alice.id });
    expect(told.items[0]).toMatchObject({ clientId: 'app2', reason: 'signed_out' });

    // The page does not say so of an app that was not left.
    expect((await visitor.open('/logout/success?client_id=app')).text).toContain('id="still-in"');
  });

  it('D08 only the app that asked, with an address to go to: it gets there with its state', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    const to = { client_id: 'app2', post_logout_redirect_uri: 'https://rp2.example/', state: 'x&y' };
    const between = await leave(visitor, await visitor.open(logoutUrl(to)), 'the app');
    expect([between.status, between.headers.get('location')]).toEqual([200, null]);
    expect(between.text).toContain('You are signed out of The app2');
    expect((await visitor.follow(between)).url).toBe('https://rp2.example/?state=x%26y');
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('D08 without script one press signs out everywhere', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await visitor.open(logoutUrl({ client_id: 'app' }));
    expect(page.text).toMatch(/<button [^>]*id="logout-yes" type="submit" name="logout" value="yes">/);
    const done = await visitor.submit(page, { logout: 'yes' });
    expect(done.text).toContain('id="logout-done"');
    expect(visitor.jar.has(sessionCookie(world))).toBe(false);
    expect(await silently(world, visitor, 'app2')).toBe('login_required');
  });

  it('says that somebody is signed in who is, whoever opens the last page', async () => {
    const visitor = await signedInAt(world, ['app']);
    const page = await visitor.open('/logout/success');
    expect(page.text).toContain('id="still-in"');
    expect(page.text).not.toContain('id="logout-done"');
    const nobody = await world.visitor().open('/logout/success?client_id=app');
    expect(nobody.text).toContain('id="logout-done"');
    expect(nobody.text).not.toContain('You stay signed in');
  });
});

const by = { by: { type: 'operator' } } as const;

describe('the page after a sign-out', () => {
  it('D12 has a link for each app the person came from, and none of them is an address that was sent along', async () => {
    const homes = [
      ['app', { clientUri: 'https://rp.example/home' }, 'https://rp.example/home'],
      [
        'app2',
        { initiateLoginUri: 'https://rp2.example/login?x=1' },
        `https://rp2.example/login?x=1&iss=${encodeURIComponent(world.issuer)}`,
      ],
      ['spa', {}, 'https://spa.example/'],
    ] as const;
    for (const [id, change] of homes) await world.postern.clients.update(id, change, by);
    const visitor = await signedInAt(world, ['spa', 'app', 'app2']);
    const page = await visitor.open(logoutUrl({ post_logout_redirect_uri: 'https://evil.example/', state: 's' }));
    const done = await visitor.submit(page, { logout: 'yes' });
    expect(appsIn(done)).toEqual({ spa: homes[2][2], 'The app': homes[0][2], 'The app2': homes[1][2] });
    expect(done.text).not.toContain('evil');
    // Read in the other language it is still there.
    expect(Object.keys(appsIn(await visitor.open('/logout/success?ui_locales=de')))).toHaveLength(3);
    for (const id of ['app', 'app2'] as const) {
      await world.postern.clients.update(id, { clientUri: null, initiateLoginUri: null }, by);
    }
  });

  it('D12 has no link to an app that is switched off, nor one for an address of another kind', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    await world.postern.clients.setDisabled('app2', true, by);
    const done = await visitor.submit(await visitor.open('/logout'), { logout: 'yes' });
    expect(appsIn(done)).toEqual({ 'The app': 'https://rp.example/', 'The app2': undefined });
    await world.postern.clients.setDisabled('app2', false, by);
  });

  it.each(['/account', '/admin'])('D12 is the same for a sign-out at %s', async (path) => {
    const visitor = await signedInAt(world, ['app']);
    await visitor.submit(await visitor.open(logoutUrl()), { logout: 'yes' });
    const admin = world.visitor();
    await world.signIn(admin, world.authorizeUrl('app'), 'admin');
    await world.signIn(admin, world.authorizeUrl('app2'), 'admin');
    let page = await admin.open(path);
    if (page.text.includes('id="signin-title"')) page = await admin.submit(page, typed(world, 'admin'));
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const done = await admin.follow(
      await admin.request(`${path}/sign-out`, { method: 'POST', body: new URLSearchParams({ csrf }) }),
    );
    expect(done.url).toBe(`${world.issuer}/logout/success`);
    expect(appsIn(done)).toEqual({ 'The app': 'https://rp.example/', 'The app2': 'https://rp2.example/' });
  });

  it('is about the last sign-out alone, and about none when somebody is signed in again', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    await visitor.submit(await visitor.open('/logout'), { logout: 'yes' });
    expect(Object.keys(appsIn(await visitor.open('/logout/success')))).toHaveLength(2);
    await world.signIn(visitor, world.authorizeUrl('app'), 'bob');
    const again = await visitor.open('/logout/success');
    expect([appsIn(again), again.text.includes('id="still-in"')]).toEqual([{}, true]);
    const done = await visitor.submit(await visitor.open('/logout'), { logout: 'yes' });
    expect(done.text).toContain('Back to The app<');
    expect(done.text).not.toContain('The app2');
  });
});

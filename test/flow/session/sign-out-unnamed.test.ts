/** An app that says where to go and not who it is: ASP.NET Core without SaveTokens, and Katana (interop.md 24). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visitor } from '../../../src/testing/sign-in.ts';
import { enter } from '../../support/door-visitor.ts';
import { appsIn, leave, logoutUrl, signedInAt } from '../../support/signing-out.ts';
import { sessionCookie, silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' } } as const;
/** What their middleware registers and asks for. */
const callback = 'https://rp.example/signout-callback-oidc';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.postern.clients.update('app', { postLogoutRedirectUris: ['https://rp.example/', callback] }, by);
});
afterAll(() => world.stop());

const ask = (visitor: Visitor, parameters: Record<string, string>) => visitor.open(logoutUrl(parameters));

describe('a sign-out without hint and client', () => {
  it('D12 of whose address one client of the session has: that client asks, and gets the person back with its state', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await ask(visitor, { post_logout_redirect_uri: callback, state: 'CfDJ8 &x' });
    expect(page.text).toContain('<strong>The app</strong> asks to sign you out');
    expect(page.text).toContain('id="logout-app"');
    expect(await silently(world, visitor)).toBe('signed in');
    const between = await leave(
      visitor,
      await ask(visitor, { post_logout_redirect_uri: callback, state: 's&t' }),
      'everything',
    );
    expect(between.status).toBe(200);
    expect((await visitor.follow(between)).url).toBe(`${callback}?state=s%26t`);
    expect(await silently(world, visitor)).toBe('login_required');
  });

  it('D08 asks all the same: nobody is signed out by a link', async () => {
    const visitor = await signedInAt(world, ['app']);
    const answer = await visitor.request(logoutUrl({ post_logout_redirect_uri: callback }));
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(await silently(world, visitor)).toBe('signed in');
  });

  it('D12 only that app can be left', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await ask(visitor, { post_logout_redirect_uri: callback });
    expect((await visitor.follow(await leave(visitor, page, 'the app'))).url).toBe(callback);
    expect(await silently(world, visitor, 'app2')).toBe('signed in');
    expect(await silently(world, visitor)).toBe('consent_required');
  });

  it('D12 two clients of the session have it: neither is taken, and both are linked', async () => {
    await world.postern.clients.update('app2', { postLogoutRedirectUris: ['https://rp2.example/', callback] }, by);
    const visitor = await signedInAt(world, ['app', 'app2']);
    const page = await ask(visitor, { post_logout_redirect_uri: callback, state: 'for-nobody' });
    expect(page.text).not.toContain('asks to sign you out');
    const done = await visitor.follow(await leave(visitor, page, 'everything'));
    expect(done.url).toBe(`${world.issuer}/logout/success`);
    expect(appsIn(done)).toEqual({ 'The app': 'https://rp.example/', 'The app2': 'https://rp2.example/' });
    expect(done.text).not.toContain('for-nobody');
    expect(done.text).not.toContain('signout-callback-oidc');
    await world.postern.clients.update('app2', { postLogoutRedirectUris: ['https://rp2.example/'] }, by);
  });

  it.each([
    ['a client that the person has not used', 'https://rp.example/'],
    ['nobody', 'https://evil.example/'],
    ['a client of the session, but for a letter', 'https://rp2.example/?'],
    ['a client of the session, in capitals', 'https://RP2.example/'],
  ])('D12 an address of %s leads nowhere', async (_, uri) => {
    const visitor = await signedInAt(world, ['app2']);
    const done = await visitor.follow(
      await leave(visitor, await ask(visitor, { post_logout_redirect_uri: uri }), 'everything'),
    );
    expect(done.url).toBe(`${world.issuer}/logout/success`);
    expect(done.text).toContain('Back to The app2');
    expect(await silently(world, visitor, 'app2')).toBe('login_required');
  });

  it('D12 one that was switched off since leads nowhere', async () => {
    const visitor = await signedInAt(world, ['app']);
    await world.postern.clients.setDisabled('app', true, by);
    const page = await ask(visitor, { post_logout_redirect_uri: callback });
    expect(page.text).not.toContain('asks to sign you out');
    expect((await visitor.follow(await leave(visitor, page, 'everything'))).url).toBe(`${world.issuer}/logout/success`);
    await world.postern.clients.setDisabled('app', false, by);
  });

  it('D12 twice in one address is refused', async () => {
    const visitor = await signedInAt(world, ['app']);
    const twice = `/logout?post_logout_redirect_uri=${callback}&post_logout_redirect_uri=https://evil.example/`;
    expect((await visitor.request(twice)).status).toBe(400);
    expect(await silently(world, visitor)).toBe('signed in');
  });
});

describe('when nobody is signed in any more', () => {
  it('D12 the next app of the same browser gets the person back too, each only at its own address', async () => {
    const visitor = await signedInAt(world, ['app', 'app2']);
    await visitor.submit(await visitor.open('/logout?client_id=app2'), { logout: 'yes' });
    const answer = await visitor.request(logoutUrl({ post_logout_redirect_uri: callback, state: 's' }));
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${callback}?state=s`]);
    for (const uri of ['https://evil.example/', 'https://spa.example/', `${callback}/`]) {
      const page = await visitor.open(logoutUrl({ post_logout_redirect_uri: uri }));
      expect(page.url).toBe(`${world.issuer}/logout/success`);
      expect(page.text).not.toContain(uri);
      // And is not stranded.
      expect(Object.keys(appsIn(page))).toEqual(['The app', 'The app2']);
    }
  });

  it('D12 another browser gets the last page, whatever it sends', async () => {
    const page = await ask(world.visitor(), { post_logout_redirect_uri: callback, state: 'for-nobody' });
    expect(page.url).toBe(`${world.issuer}/logout/success`);
    expect(page.text).toContain('id="logout-done"');
    expect(page.text).not.toContain('rp.example');
  });

  it('D14 a cookie that is not of this installation, or not for this, counts for nothing', async () => {
    const visitor = await signedInAt(world, ['app']);
    await enter(visitor, '/account', world.people.alice);
    const name = `${sessionCookie(world)}-account`;
    const account = visitor.jar.get(`${name} /account`)?.value ?? '';
    expect(account).not.toBe('');
    const kept = name.replace('-account', '-signed-out');
    for (const value of [
      '',
      'x',
      account,
      Buffer.from('{"apps":[{"clientId":"app"}],"at":9e15}').toString('base64url'),
    ]) {
      const answer = await fetch(`${world.issuer}/logout?post_logout_redirect_uri=${callback}`, {
        headers: { cookie: `${kept}=${value}`, accept: 'text/html' },
        redirect: 'manual',
      });
      expect([value, answer.headers.get('location')]).toEqual([value, `${world.issuer}/logout/success`]);
    }
  });
});

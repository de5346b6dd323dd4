/** Apps that are told through the browser (OpenID Connect Front-Channel Logout 1.0), on the page that follows a sign-out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/testing/sign-in.ts';
import { visitorAt } from '../../support/door-visitor.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { framesIn, hrefOf, leave, logoutUrl, refreshOf } from '../../support/signing-out.ts';
import { silently } from '../../support/silent.ts';
import { by, createTeam, payloadOf, type Team } from '../../support/team.ts';
import { address, createToldApps, everything, home, type ToldApps } from '../../support/told-apps.ts';

const redirectUri = 'https://wiki.example/cb';

let team: Team;
let apps: ToldApps;
beforeAll(async () => {
  team = await createTeam();
  apps = createToldApps(team);
});
afterAll(() => team.stop());

const told: ToldApps['told'] = (input) => apps.told(input);
const signedInAt: ToldApps['signedInAt'] = (...given) => apps.signedInAt(...given);
const withSession: ToldApps['withSession'] = (...given) => apps.withSession(...given);

const policyOf = ({ headers }: Answer): string[] => (headers.get('content-security-policy') ?? '').split('; ');

/** As strict as every page of ours, but for the frames of these origins. */
function expectFrameSources(page: Answer, usual: Answer, origins: readonly string[]): void {
  const frames = origins.length === 0 ? [] : [`frame-src ${origins.join(' ')}`];
  expect(policyOf(page)).toEqual([...policyOf(usual), ...frames]);
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('cache-control')).toMatch(/no-store/);
}

describe('discovery and ID tokens', () => {
  it('say that there is front-channel logout, and name the session', async () => {
    const discovery = await (await fetch(`${team.issuer}/.well-known/openid-configuration`)).json();
    expect(discovery).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
    });
    const { sids } = await signedInAt([await told(), await team.app({ access: 'everybody' })]);
    expect(sids[0]).toMatch(/^[\w-]{20,}$/);
    expect(sids[1]).toBeUndefined();
  });

  it('the preview says so too', async () => {
    const account = await team.postern.accounts.find(team.people.alice.id);
    if (!account) throw new Error('alice is gone');
    const { oidc } = team.postern;
    expect((await oidc.preview(account, (await told()).id)).idToken.sid).toMatch(/^[\w-]{20,}$/);
    const plain = await team.app({ access: 'everybody' });
    expect((await oidc.preview(account, plain.id)).idToken).not.toHaveProperty('sid');
  });
});

describe('the page after a sign-out', () => {
  it('has one frame for each app that is told so, with iss and sid, and a policy for these origins alone', async () => {
    const uris = [address, `${address}?tenant=a%20b&x`, 'https://wiki.example:8443/out', 'https://notes.example/out'];
    const framed = [];
    for (const uri of uris) {
      const own = `${new URL(uri).origin}/cb`;
      framed.push(await told({ frontchannelLogoutUri: uri, redirectUris: [redirectUri, own] }));
    }
    const usual = await team.visitor().open('/logout/success');
    const { visitor, sids } = await signedInAt([...framed, await team.app({ access: 'everybody' })]);
    const page = await everything(visitor);
    expectHarmless(page);
    expect(page.url).toBe(`${team.issuer}/logout/success`);
    expect(framesIn(page)).toEqual(uris.map((uri, at) => withSession(uri, sids[at])));
    const origins = ['https://wiki.example', 'https://wiki.example:8443', 'https://notes.example'];
    expectFrameSources(page, usual, origins);
    expect(page.text).toContain('cookie rules');
    // It has nowhere to go on to, and is no address by which anything could be told once more.
    expect(refreshOf(page)).toBeUndefined();
    expect(page.text.match(/<iframe /g)).toHaveLength(uris.length);
  });

  it('has no iss and sid for an app that wants none, and no frame where the app could not tell whose session it is', async () => {
    const bare = await told({ frontchannelLogoutSessionRequired: false, frontchannelLogoutUri: `${address}?a=1` });
    const { visitor } = await signedInAt([bare]);
    expect(framesIn(await everything(visitor))).toEqual([`${address}?a=1`]);
  });

  it('each frame is in a sandbox, out of reach, and learns of no page of ours', async () => {
    const { visitor } = await signedInAt([await told({ name: '"><script>alert(1)</script>' })]);
    const page = await everything(visitor);
    const [frame = ''] = /<iframe [^>]*>/.exec(page.text) ?? [];
    expect(frame).toContain(' inert ');
    expect(frame).toContain(' sandbox="allow-scripts allow-same-origin" ');
    expect(frame).toContain(' referrerpolicy="no-referrer" ');
    expect(frame).toMatch(/ title="Signs you out of &quot;&gt;&lt;script&gt;/);
    expect(page.text).not.toContain('<script');
  });

  it('D12 goes on to the app that asked after some seconds, with its state, and offers the link at once', async () => {
    const app = await told();
    const { visitor, sids } = await signedInAt([app]);
    const asked = { client_id: app.id, post_logout_redirect_uri: home, state: 'x&"y' };
    const answer = await leave(visitor, await visitor.open(logoutUrl(asked)), 'everything');
    // Nothing of it stands in an address.
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${team.issuer}/logout/success`]);
    const page = await visitor.follow(answer);
    expectHarmless(page);
    const target = `${home}?state=x%26%22y`;
    expect(refreshOf(page)).toEqual({ seconds: 5, url: target });
    expect(hrefOf(page, 'continue-link')).toBe(target);
    expect(framesIn(page)).toEqual([withSession(address, sids[0])]);
    expect(page.text).toContain('wiki.example');
    const staying = await visitor.open(hrefOf(page, 'stay-here'));
    expect([refreshOf(staying), hrefOf(staying, 'continue-link')]).toEqual([undefined, target]);
    expect(await silently(team, visitor)).toBe('login_required');
  });

  it('goes on to an app on a device by its name: it has no host', async () => {
    const app = await told();
    const [uri, back] = ['com.example.phone:/cb', 'com.example.phone:/bye'] as const;
    const native = { applicationType: 'native', tokenEndpointAuthMethod: 'none' } as const;
    const addresses = { redirectUris: [uri], postLogoutRedirectUris: [back] };
    const phone = await team.app({ ...native, ...addresses, name: 'Phone', access: 'everybody' });
    const { visitor } = await signedInAt([app]);
    const page = await everything(visitor, { client_id: phone.id, post_logout_redirect_uri: back });
    expect(refreshOf(page)?.url).toBe(back);
    expect(page.text.replaceAll(/<[^>]+>/g, '')).toContain('Going on to Phone in 5 seconds');
  });

  it('D08 is the same when an ID token has made asking needless', async () => {
    const app = await told();
    const { visitor, tokens } = await signedInAt([app]);
    const url = logoutUrl({ id_token_hint: tokens[0] ?? '', post_logout_redirect_uri: home, state: 's' });
    const answer = await visitor.request(url);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${team.issuer}/logout/success`]);
    const page = await visitor.follow(answer);
    expect(refreshOf(page)).toEqual({ seconds: 5, url: `${home}?state=s` });
    expect(framesIn(page)).toHaveLength(1);
    expect(page.text).not.toContain(tokens[0]);
  });

  it('without such apps nothing is different: straight on, no frame in the policy', async () => {
    const app = await team.app({ access: 'everybody', postLogoutRedirectUris: [home] });
    const { visitor, tokens } = await signedInAt([app]);
    const hint = logoutUrl({ id_token_hint: tokens[0] ?? '', post_logout_redirect_uri: home });
    expect((await visitor.request(hint)).headers.get('location')).toBe(home);
    expectFrameSources(await visitor.open('/logout/success'), await team.visitor().open('/logout/success'), []);
  });

  it('says which apps it cannot tell', async () => {
    const app = await told();
    const silent = await team.app({ access: 'everybody', name: 'Payroll' });
    const { visitor } = await signedInAt([app, silent]);
    const page = await everything(visitor, { client_id: app.id, post_logout_redirect_uri: home });
    expect(page.text).toMatch(/id="untold">[^<]*Payroll/);
  });

  it('D07 tells only the app that was left, when it alone was', async () => {
    const [app, other] = [await told(), await told()];
    const { visitor, sids } = await signedInAt([app, other]);
    const left = await leave(visitor, await visitor.open(logoutUrl({ client_id: app.id })), 'the app');
    const page = await visitor.follow(left);
    expect(page.text).toContain('You stay signed in');
    expect(framesIn(page)).toEqual([withSession(address, sids[0])]);

    const more = { client_id: other.id, post_logout_redirect_uri: home };
    const next = await visitor.follow(await leave(visitor, await visitor.open(logoutUrl(more)), 'the app'));
    expect(next.text).toContain(`You are signed out of ${other.id}`);
    expect([framesIn(next), refreshOf(next)?.url]).toEqual([[withSession(address, sids[1])], home]);
  });

  it('an app that is told by Postern itself as well is told both ways', async () => {
    const app = await told({ backchannelLogoutUri: 'https://wiki.example/bcl' });
    const { visitor, sids } = await signedInAt([app]);
    expect(framesIn(await everything(visitor))).toEqual([withSession(address, sids[0])]);
    const [delivery] = (await team.postern.deliveries.list({ limit: 1, clientId: app.id })).items;
    expect(delivery).toMatchObject({ clientId: app.id, sid: sids[0] });
  });

  it.each(['/account', '/admin'])('follows a sign-out at %s', async (path) => {
    const app = await told();
    const at = await visitorAt(team, path, team.people.admin);
    const back = await team.signIn(at.visitor, app.authorizeUrl());
    const { sid } = payloadOf((await app.redeem(back.searchParams.get('code'))).body.id_token);
    const page = await at.visitor.follow(await at.post(`${path}/sign-out`));
    expect(framesIn(page)).toEqual([withSession(address, sid)]);
  });

  it('has at most twenty frames, and names the apps beyond', async () => {
    const many = await Promise.all(Array.from({ length: 23 }, (_, at) => told({ name: `App ${at + 10}` })));
    const { visitor } = await signedInAt(many);
    const page = await everything(visitor);
    expect(framesIn(page)).toHaveLength(20);
    const rows = page.text.split('<li>').slice(1);
    expect(rows.filter((row) => row.includes('Sign out there too')).map((row) => /App \d+/.exec(row)?.[0])).toEqual([
      ...['App 30', 'App 31', 'App 32'],
    ]);
  });
});

describe('what may be in a frame', () => {
  it.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'https://evil.example/signout',
    'https://wiki.example@evil.example/',
    'https://wiki.example/out#fragment',
    'http://wiki.example/out',
    '//wiki.example/out',
    'https://wiki.example:444/out',
  ])('I04 an address like %s cannot be registered', async (uri) => {
    await expect(told({ frontchannelLogoutUri: uri })).rejects.toMatchObject({ code: 'invalid' });
  });

  it.each(['https://wiki.example;script-src/', "https://wiki.example,'unsafe-inline'/", 'https://[::1]/'])(
    'an origin that cannot stand in a policy is in none: %s',
    async (uri) => {
      const input = { frontchannelLogoutUri: `${uri}out`, redirectUris: [redirectUri, `${uri}cb`] };
      const app = await told(input).catch(() => undefined);
      if (!app) return;
      const { visitor } = await signedInAt([app]);
      const page = await everything(visitor);
      expect(framesIn(page)).toEqual([]);
      expectFrameSources(page, await team.visitor().open('/logout/success'), []);
    },
  );

  it('an app that was registered with a page of another origin since is told at the address of now', async () => {
    const app = await told();
    const { visitor, sids } = await signedInAt([app]);
    const changed = { frontchannelLogoutUri: 'https://wiki.example/other' };
    await team.postern.clients.update(app.id, changed, { by });
    expect(framesIn(await everything(visitor))).toEqual([withSession('https://wiki.example/other', sids[0])]);
  });
});

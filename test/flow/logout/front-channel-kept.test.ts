/** What a browser keeps between a sign-out and the page that tells apps through it. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHttpsWorld } from '../../support/https-world.ts';
import { framesIn, leave, logoutUrl, refreshOf } from '../../support/signing-out.ts';
import { by, createTeam, type Team } from '../../support/team.ts';
import { createToldApps, everything, home, type ToldApps } from '../../support/told-apps.ts';

let team: Team;
let apps: ToldApps;
beforeAll(async () => {
  team = await createTeam();
  apps = createToldApps(team);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => team.stop());

const told: ToldApps['told'] = (input) => apps.told(input);
const signedInAt: ToldApps['signedInAt'] = (...given) => apps.signedInAt(...given);

describe('the page is for this browser and for a short while', () => {
  const minute = 60_000;

  it('tells again when it is read in the other language, and no more a minute later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { visitor } = await signedInAt([await told()]);
    expect(framesIn(await everything(visitor))).toHaveLength(1);
    const german = await visitor.open('/logout/success?ui_locales=de');
    expect([framesIn(german).length, german.text.includes('Cookie-Regeln')]).toEqual([1, true]);
    vi.setSystemTime(Date.now() + minute + 1000);
    const later = await visitor.open('/logout/success');
    expect([framesIn(later), later.text.includes('id="logout-done"')]).toEqual([[], true]);
    vi.setSystemTime(Date.now() + 5 * minute);
    expect((await visitor.open('/logout/success')).text).not.toContain('wiki.example');
  });

  it('D12 tells nobody and leads nowhere when somebody is signed in again, nor in another browser', async () => {
    const app = await told();
    const { visitor } = await signedInAt([app]);
    const asked = { client_id: app.id, post_logout_redirect_uri: home };
    expect(framesIn(await everything(visitor, asked))).toHaveLength(1);
    const other = await team.visitor().open('/logout/success');
    expect([framesIn(other), refreshOf(other)]).toEqual([[], undefined]);
    await signedInAt([app], visitor);
    const again = await visitor.open('/logout/success');
    expect([framesIn(again), refreshOf(again)]).toEqual([[], undefined]);
    expect(again.text).toContain('id="still-in"');
  });

  it('D07 the app that was left and is used again is not told', async () => {
    const [app, other] = [await told(), await told()];
    const { visitor } = await signedInAt([app, other]);
    await leave(visitor, await visitor.open(logoutUrl({ client_id: app.id })), 'the app');
    expect(framesIn(await visitor.open('/logout/success'))).toHaveLength(1);
    await signedInAt([app], visitor);
    expect(framesIn(await visitor.open('/logout/success'))).toEqual([]);
  });

  it('keeps it in a cookie for /logout alone, sealed, and small whatever it holds', async () => {
    const many = await Promise.all(Array.from({ length: 40 }, (_, at) => told({ name: `App ${at}` })));
    const { visitor } = await signedInAt(many);
    const asked = { client_id: many[0]?.id ?? '', post_logout_redirect_uri: home, state: 's'.repeat(1000) };
    const answer = await leave(visitor, await visitor.open(logoutUrl(asked)), 'everything');
    const [cookie = ''] = answer.headers.getSetCookie().filter((line) => line.includes('-signed-out='));
    expect(cookie).toMatch(/; path=\/logout; expires=[^;]*; samesite=lax; httponly$/);
    expect(cookie.split(';', 1)[0]?.length).toBeLessThan(4096);
    expect(Buffer.from(cookie, 'base64url').toString('latin1')).not.toContain('wiki');
    const page = await visitor.follow(answer);
    expect(framesIn(page)).toHaveLength(20);
    expect(refreshOf(page)?.url).toBe(`${home}?state=${'s'.repeat(1000)}`);
  });

  it('a state that does not fit gets its app back at once, and the others are told as far as the page is opened', async () => {
    const app = await told();
    const { visitor } = await signedInAt([app]);
    const asked = { client_id: app.id, post_logout_redirect_uri: home, state: 's'.repeat(3000) };
    const between = await leave(visitor, await visitor.open(logoutUrl(asked)), 'everything');
    expect(between.status).toBe(200);
    expect(refreshOf(between)).toEqual({ seconds: 0, url: `${home}?state=${'s'.repeat(3000)}` });
    expect(framesIn(await visitor.open('/logout/success'))).toHaveLength(1);
  });

  it('D04 over https that cookie is for https alone, and the page is the same', async () => {
    const world = await createHttpsWorld();
    try {
      await world.postern.clients.update('app', { frontchannelLogoutUri: 'https://rp.example/out' }, { by });
      const visitor = world.visitor();
      await world.signIn(visitor, world.authorizeUrl('app'));
      const answer = await leave(visitor, await visitor.open('/logout'), 'everything');
      const [cookie = ''] = answer.headers.getSetCookie().filter((line) => line.includes('-signed-out='));
      expect(cookie).toMatch(
        /^__Secure-postern-signed-out=[\w-]+; path=\/logout; expires=[^;]*; samesite=lax; secure; httponly$/,
      );
      expect(framesIn(await visitor.follow(answer))).toEqual([
        expect.stringMatching(/^https:\/\/rp\.example\/out\?iss=https%3A%2F%2Fid\.example\.test&sid=[\w-]+$/),
      ]);
    } finally {
      await world.stop();
    }
  });
});

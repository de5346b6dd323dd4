/** The delivery desk in Chromium, as an administrator: disable somebody, see who has not heard of it, watch it turn green. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typePassword, useBrowser } from '../support/browsing.ts';
import { violationsOf } from '../support/page-checks.ts';
import { until } from '../support/spawned.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';
import { createTeam, type Team } from '../support/team.ts';
import { signInToThreeApps, type ThreeApps } from '../support/three-apps.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('the delivery desk in Chromium', { timeout: 90_000 }, () => {
  let team: Team;
  let house: ThreeApps;
  const browser = useBrowser();
  beforeAll(async () => {
    team = await createTeam();
    house = await signInToThreeApps(team);
  });
  afterAll(async () => {
    await team?.stop();
    await house?.stop();
  });

  it('an account is disabled, two apps confirm, the third waits, comes back, and is green by itself', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const { username, password } = team.people.admin;
    await page.goto(`${team.issuer}/admin`);
    await typePassword(page, username, password);
    await page.click('nav >> text=Accounts');
    await page.click('main >> text=Mara Lindqvist');
    await page.click('text=Disable Mara Lindqvist');
    await page.waitForSelector('#done');
    await page.click('section:has(#sessions) >> text=Deliveries');

    const rowOf = (app: string) => page.locator('tbody tr', { hasText: app });
    const loadedAgain = (condition: () => Promise<boolean>) =>
      until(async () => {
        if (await condition()) return true;
        await page.reload();
        return false;
      });
    const has = (app: string, word: string) => async () => (await rowOf(app).textContent())?.includes(word) === true;
    await loadedAgain(has('Paperless', 'Confirmed'));
    await loadedAgain(has('Grafana', 'Confirmed'));
    await loadedAgain(has('Payroll', 'refused the connection'));
    expect(await rowOf('Payroll').textContent()).toContain('Waiting');
    await page.click('tbody >> text=Payroll');
    expect(await page.textContent('h1')).toBe('Payroll has not confirmed yet that Mara Lindqvist is signed out');
    expect(await page.textContent('#change')).toContain('See whether it is up and listens on that port.');
    expect(await violationsOf(page)).toEqual([]);

    const receiver = await house.comeBack();
    await receiver.next();
    await until(async () => {
      await page.click('text=Look again').catch(() => undefined);
      return (await page.textContent('h1')) === 'Payroll has confirmed that Mara Lindqvist is signed out';
    });
    expect(await page.locator('.steps > .ok').count()).toBe(1);
    await page.click('text=All apps of this sign-out');
    expect(await page.textContent('#confirmed')).toContain('Apps that have confirmed: 3 of 3.');
    expect(await page.locator('tbody .state.ok').count()).toBe(3);
    expect(await violationsOf(page)).toEqual([]);
  });

  it('what was given up is told again by one button', async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    const { apps, receivers } = house;
    await team.postern.db.run("UPDATE deliveries SET state = 'given_up' WHERE client_id = ?", [apps[0]?.id ?? '']);
    const before = receivers[0]?.received.length ?? 0;
    await page.goto(`${team.issuer}/admin`);
    await typePassword(page, team.people.admin.username, team.people.admin.password);
    expect(await page.textContent('#given-up')).toContain('Given up: 1.');
    await page.click('text=Show them');
    await page.click('#replay-all');
    await page.waitForSelector('#done');
    await until(() => receivers[0]?.received.length === before + 1);
    await until(async () => (await team.postern.deliveries.count()).given_up === 0);
    await page.goto(`${team.issuer}/admin`);
    expect(await page.locator('#given-up').count()).toBe(0);
  });
});

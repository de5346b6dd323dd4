/** Somebody who administers follows a link in a mail or chat while a form stands open in another tab. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typePassword, useBrowser } from '../support/browsing.ts';
import { createStage, type Stage } from '../support/door-stage.ts';
import { type StaticApp, startStaticApp } from '../support/static-app.ts';
import { chromium, skipUnless } from '../support/system-packages.ts';

const ifChromium = skipUnless(chromium(), 'apt-get install chromium');

ifChromium('a link from another site in Chromium', { timeout: 60_000 }, () => {
  let stage: Stage;
  let chat: StaticApp;
  const browser = useBrowser();

  beforeAll(async () => {
    stage = await createStage();
    const link = `<!doctype html><title>Chat</title><a href="${stage.issuer}/admin/accounts">Look at this</a>`;
    chat = await startStaticApp({ '/': { body: link } });
  });
  afterAll(async () => {
    await chat?.stop();
    await stage?.stop();
  });

  it.each(['127.0.0.1', 'localhost'])('at %s: shows the page, and what was typed elsewhere is saved', async (host) => {
    const { username, password } = stage.people.admin;
    const form = await browser.newPage();
    await form.goto(`${stage.issuer}/admin/groups/new`);
    await typePassword(form, username, password);
    const name = stage.unused('typed');
    await form.fill('#name', name);
    const last = await stage.lastEvent();

    const tab = await form.context().newPage();
    await tab.goto(`http://${host}:${chat.port}/`);
    await tab.click('a');
    await tab.waitForSelector('#search');
    expect(tab.url()).toBe(`${stage.issuer}/admin/accounts`);

    await form.click('main button[type=submit]');
    await form.waitForURL(`${stage.issuer}/admin/groups/${name}?done=group-created`);
    expect(await stage.eventsSince(last)).toEqual(['group.created']);
  });

  it('leads whoever is not signed in to the sign-in, and then to the page', async () => {
    const { username, password } = stage.people.admin;
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${chat.port}/`);
    await tab.click('a');
    await tab.waitForSelector('#username');
    await typePassword(tab, username, password);
    await tab.waitForSelector('#search');
    expect(tab.url()).toBe(`${stage.issuer}/admin/accounts`);
  });
});

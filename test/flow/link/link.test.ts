import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Answer, Visitor } from '../../../src/testing/sign-in.ts';
import { tokenOf, visitorAt } from '../../support/door-visitor.ts';
import { createLogLines } from '../../support/log-lines.ts';
import { expectHarmless } from '../../support/refusals.ts';
import { silently } from '../../support/silent.ts';
import { createWorld, type World } from '../../support/world.ts';

const by = { by: { type: 'operator' } } as const;
const chosen = 'an entirely different lantern nine';
const log = createLogLines();

let world: World;
beforeAll(async () => {
  world = await createWorld({ logStream: log.stream, logLevel: 'debug' });
});
afterEach(() => void vi.useRealTimers());
afterAll(() => world.stop());

let count = 0;
async function person(password?: string) {
  const username = `guest${++count}`;
  const input = { username, name: `Guest ${count}`, ...(password !== undefined && { password }) };
  return world.postern.accounts.create(input, by);
}
const linkFor = async (id: string) => (await world.postern.accounts.issueLink(id, by)).token;
const hashOf = async (id: string) =>
  (await world.postern.db.get<{ hash: string | null }>('SELECT password_hash AS hash FROM accounts WHERE id = ?', [id]))
    ?.hash;

/** The page behind a link, in a browser of its own. */
async function openLink(token: string, visitor = world.visitor()) {
  return { visitor, page: await visitor.open(`/link?token=${token}`) };
}
/** Posts the form of that page; no redirect is followed. */
function choose({ visitor, page }: { visitor: Visitor; page: Answer }, fields: Record<string, string> = {}) {
  return visitor.request('/link', {
    method: 'POST',
    body: new URLSearchParams({ csrf: tokenOf(page), password: chosen, repeat: chosen, ...fields }),
    headers: { origin: world.issuer, 'sec-fetch-site': 'same-origin' },
  });
}
const isDead = (answer: Answer): boolean => answer.text.includes('id="link-dead"');

describe('the page behind a link', () => {
  it('lets an invited person choose a password, says so, and leads to the sign-in', async () => {
    const { id, username } = await person();
    const opened = await openLink(await linkFor(id));
    expect(opened.page.text).toContain(`Guest ${count}`);
    expect(opened.page.text).toContain('Welcome to Postern');
    const saved = await choose(opened);
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/link/done']);
    const done = await opened.visitor.follow(saved);
    expect(done.text).toContain('href="/account"');
    expect((await visitorAt(world, '/account', { username, password: chosen })).page.text).toContain('own-title');
    const { items } = await world.postern.audit.list(world.postern.db, { accountId: id, limit: 10 });
    expect(items.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['account.link_used', 'account.password_changed', 'account.link_issued']),
    );
    expect(JSON.stringify(items)).not.toMatch(/lantern|argon2/);
  });

  it('E12 a reset ends every session, and its link works once', async () => {
    const password = 'quiet lantern over guests seven';
    const { id, username } = await person(password);
    const elsewhere = await visitorAt(world, '/account', { username, password });
    const token = await linkFor(id);
    const opened = await openLink(token);
    expect(opened.page.text).toContain('Choose a new password');
    expect((await choose(opened)).status).toBe(303);
    expect(await silently(world, elsewhere.visitor)).toBe('login_required');
    const hash = await hashOf(id);

    const again = await openLink(token);
    expect([again.page.status, isDead(again.page)]).toEqual([404, true]);
    // With the page still open in another tab: its form is good no more, cookie or none.
    const other = await openLink(await linkFor(id));
    await choose(other);
    const late = await choose(opened, { password: 'yet another quiet lantern', repeat: 'yet another quiet lantern' });
    expect([late.status, isDead(late)]).toEqual([400, true]);
    expect(await hashOf(id)).not.toBe(hash);
    const after = await hashOf(id);
    expect((await choose(other, { password: 'x'.repeat(30), repeat: 'x'.repeat(30) })).status).toBe(400);
    expect(await hashOf(id)).toBe(after);
  });

  it('E12 reused, replaced, expired, of somebody disabled, made up: 400, and no hash changes', async () => {
    const [used, replaced, expired, disabled] = [await person(), await person(), await person(), await person()];
    const opened = {
      used: await openLink(await linkFor(used.id)),
      replaced: await openLink(await linkFor(replaced.id)),
      expired: await openLink(await linkFor(expired.id)),
      disabled: await openLink(await linkFor(disabled.id)),
    };
    const otherTab = await openLink(await linkFor(used.id));
    await choose(otherTab);
    await linkFor(replaced.id);
    await world.postern.accounts.setDisabled(disabled.id, true, by);
    await world.postern.db.run('UPDATE account_links SET expires_at = 1 WHERE account_id = ?', [expired.id]);
    const before = await Promise.all([used, replaced, expired, disabled].map(({ id }) => hashOf(id)));
    const attempt = 'yet another quiet lantern';
    for (const [name, page] of Object.entries(opened)) {
      const answer = await choose(page, { password: attempt, repeat: attempt });
      expectHarmless(answer, [attempt]);
      expect([name, answer.status, isDead(answer)]).toEqual([name, 400, true]);
    }
    for (const token of ['x', 'A'.repeat(43), '', "' OR 1=1 --", 'x'.repeat(5000), '%00', '%F0%9F%92%A9']) {
      const page = await world.visitor().open(`/link?token=${token}`);
      expectHarmless(page);
      expect([token.slice(0, 12), page.status, isDead(page)]).toEqual([token.slice(0, 12), 404, true]);
    }
    expect(await Promise.all([used, replaced, expired, disabled].map(({ id }) => hashOf(id)))).toEqual(before);
  });

  it('E12 expires: an invitation after seven days, a reset after half an hour', async () => {
    const [invited, forgetful] = [await person(), await person('quiet lantern over guests seven')];
    const [invitation, reset] = [await linkFor(invited.id), await linkFor(forgetful.id)];
    const works = async (token: string) => (await openLink(token)).page.status === 200;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29 * 60_000 });
    expect([await works(invitation), await works(reset)]).toEqual([true, true]);
    vi.setSystemTime(Date.now() + 2 * 60_000);
    expect([await works(invitation), await works(reset)]).toEqual([true, false]);
    vi.setSystemTime(Date.now() + 7 * 86_400_000);
    expect(await works(invitation)).toBe(false);
  });

  it('E12 eight at once: one password is set, seven are told that the link does not work', async () => {
    const { id, username } = await person();
    const opened = await openLink(await linkFor(id));
    const passwords = Array.from({ length: 8 }, (_, at) => `an entirely different lantern ${at} of eight`);
    const answers = await Promise.all(passwords.map((password) => choose(opened, { password, repeat: password })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, ...Array(7).fill(400)]);
    const winner = passwords[answers.findIndex(({ status }) => status === 303)] ?? '';
    await expect(
      world.postern.accounts.authenticate({ username, password: winner, ip: '127.0.0.1' }),
    ).resolves.toBeDefined();
  });

  it('E13 a reset signs nobody in: after the link the whole sign-in is asked', async () => {
    const { id, username } = await person('quiet lantern over guests seven');
    const opened = await openLink(await linkFor(id));
    const saved = await choose(opened);
    expect(saved.status).toBe(303);
    expect((await opened.visitor.follow(saved)).text).toContain('href="/account"');
    expect(await silently(world, opened.visitor)).toBe('login_required');
    const kept = () => [...opened.visitor.jar.keys()].filter((name) => /^postern-\d+(-device)?$/.test(name));
    // Not even a known device comes of it.
    expect(kept()).toEqual([]);
    const asked = await opened.visitor.open('/account');
    expect(asked.text).toMatch(/name="username"[\s\S]*name="password"/);
    expect(asked.text).not.toContain('own-title');
    const { items } = await world.postern.audit.list(world.postern.db, { accountId: id, limit: 10 });
    expect(items.map(({ event }) => event)).not.toContain('signin.succeeded');
    const inside = await opened.visitor.submit(asked, { username, password: chosen });
    expect(inside.text).toContain('own-title');
    expect(kept()).toHaveLength(2);
  });

  it('E14 no step can be left out: without the link, or with an empty one, 400 and the hash is the same', async () => {
    const { id } = await person('quiet lantern over guests seven');
    const before = await hashOf(id);
    const token = await linkFor(id);
    const { page } = await openLink(await linkFor((await person()).id));
    const attempts: [string, Visitor, Record<string, string>][] = [
      ['only the link was asked for', world.visitor(), {}],
      ['the link in the form', world.visitor(), { token, csrf: '' }],
      ['an empty link', (await openLink('')).visitor, { token: '' }],
      ['the page of somebody else', world.visitor(), { csrf: tokenOf(page), account: id, username: `guest${count}` }],
    ];
    for (const [name, visitor, fields] of attempts) {
      const answer = await choose({ visitor, page }, fields);
      expectHarmless(answer);
      expect([name, answer.status, isDead(answer)]).toEqual([name, 400, true]);
    }
    // The address with the link is not where a form goes.
    const posted = await world.visitor().request(`/link?token=${token}`, {
      method: 'POST',
      body: new URLSearchParams({ password: chosen, repeat: chosen }),
      headers: { origin: world.issuer },
    });
    expect(posted.status).toBe(400);
    expect(await hashOf(id)).toBe(before);
    // It is good all the while.
    expect((await choose(await openLink(token))).status).toBe(303);
  });

  it('M03 a link sets a password and nothing else, of its own account', async () => {
    const { id, username } = await person();
    const other = await person();
    const fields = { id: other.id, account: other.id, username: 'boss', name: 'Boss', groups: 'admins', disabled: '0' };
    expect((await choose(await openLink(await linkFor(id)), fields)).status).toBe(303);
    expect(await world.postern.accounts.find(id)).toMatchObject({ username, groups: [], hasPassword: true });
    expect(await hashOf(other.id)).toBeNull();
  });

  it('E15 says what is wrong with the password; the link still works', async () => {
    const { id, username } = await person();
    const opened = await openLink(await linkFor(id));
    const wrong = ['', 'fourteen chars', 'postern2026postern', 'x'.repeat(257), `${username} ${username} ${username}`];
    for (const password of wrong) {
      const answer = await choose(opened, { password, repeat: password });
      expectHarmless(answer);
      expect([password.slice(0, 20), answer.status]).toEqual([password.slice(0, 20), 422]);
      expect(answer.text).toMatch(/id="password"[^>]*aria-invalid="true"/);
    }
    const differs = await choose(opened, { repeat: 'something else' });
    expect([differs.status, differs.text.includes('This is not the same as the new password.')]).toEqual([422, true]);
    expect(await hashOf(id)).toBeNull();
    const spaced = '  spaces und Wörter 🏮  ';
    expect((await choose(opened, { password: spaced, repeat: spaced })).status).toBe(303);
    await expect(
      world.postern.accounts.authenticate({ username, password: spaced, ip: '127.0.0.1' }),
    ).resolves.toBeDefined();
  });

  it('G14 the link leaves the address at once, and stands in no page, no header and no log', async () => {
    const { id } = await person();
    const token = await linkFor(id);
    const visitor = world.visitor();
    const first = await visitor.request(`/link?token=${token}&ui_locales=de`);
    expect([first.status, first.headers.get('location')]).toEqual([303, '/link?ui_locales=de']);
    const [cookie = ''] = first.headers.getSetCookie();
    expect(cookie.replace(/=[^;]*/, '').replace(/expires=[^;]*/, 'expires')).toMatch(
      /^postern-\d+-link; path=\/link; expires; samesite=lax; httponly$/,
    );
    const page = await visitor.follow(first);
    expect(page.url).toBe(`${world.issuer}/link?ui_locales=de`);
    expect(page.text).toContain('<html lang="de">');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const wrong = await choose({ visitor, page }, { password: 'short' });
    const saved = await choose({ visitor, page });
    for (const answer of [first, page, wrong, saved]) {
      const shown = `${answer.text}\n${[...answer.headers].join('\n')}`;
      expect(shown).not.toContain(token);
      for (const [, address] of answer.text.matchAll(/(?:href|src|action)="([^"]*)"/g))
        expect(address).toMatch(/^[/#]/);
    }
    expect(log.lines.some(({ path }) => path === '/link')).toBe(true);
    expect(log.text()).not.toContain(token);
    expect([...visitor.jar.keys()].filter((name) => name.includes('link'))).toEqual([]);
  });

  it('G09 shows a name with markup as it is', async () => {
    const markup = '<img src=x onerror=alert(1)>"\'&';
    const { id } = await world.postern.accounts.create({ username: '<b>bold</b>', name: markup }, by);
    const { page } = await openLink(await linkFor(id));
    expect(page.text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(page.text).not.toMatch(/<img|<b>bold/);
  });
});

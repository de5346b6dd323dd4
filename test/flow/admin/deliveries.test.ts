/** The delivery desk at /admin: what an administrator sees, what an auditor may, and what a wrong address does not do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../../../src/testing/sign-in.ts';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { until } from '../../support/spawned.ts';
import { addDeliveries } from '../../support/told.ts';

let stage: Stage;
let admin: AtDoor;
let auditor: AtDoor;
/** Of one sign-out of Bob: waiting, given up, confirmed, not told. */
let ids: string[];
let signOutId: string;
const markup = '<img src=x onerror=alert(1)>';
const refused = 'http://127.0.0.1:1 refused the connection. See whether it is up and listens on that port.';

beforeAll(async () => {
  stage = await createStage();
  admin = await stage.at('/admin', stage.people.admin);
  auditor = await stage.at('/admin', stage.auditor);
  const uris = { redirectUris: ['https://rp.example/cb'], backchannelLogoutUri: 'http://127.0.0.1:1/bye' };
  for (const id of ['wiki', 'pay', 'chat']) await stage.postern.clients.create({ id, name: `The ${id}`, ...uris }, by);
  const rejected = { status: 400, problem: 'It answered 400; 200 was expected.', answer: `bad token ${markup}` };
  const apps = [
    { clientId: 'wiki', state: 'waiting' as const, tries: [{ problem: refused, milliseconds: 3 }] },
    { clientId: 'pay', state: 'given_up' as const, sid: 'a-sid', tries: [{ problem: refused }, rejected] },
    { clientId: 'chat', state: 'confirmed' as const, tries: [{ status: 200 }] },
    { clientId: 'app', state: 'not_told' as const },
  ];
  const accountId = stage.people.bob.id;
  ({ ids, signOutId } = await addDeliveries(stage.postern, { accountId, apps, reason: 'account_disabled' }));
});
afterAll(() => stage.stop());

/** The text of a page as a person reads it. */
const textOf = (html: string): string =>
  html
    .replace(/<(svg|style)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
const rowsOf = (html: string): string[] =>
  [...html.matchAll(/<tr role="row">([\s\S]*?)<\/tr>/g)].slice(1).map(([, row = '']) => textOf(row).trim());
const stateOf = async (id = '') => (await stage.postern.deliveries.find(id)).state;
const events = async () =>
  (await stage.postern.audit.list(stage.postern.db, { limit: 50, event: 'delivery.replayed' })).items;

describe('the list', () => {
  it('shows which app has heard what, with state in words and the last answer', async () => {
    const { text } = await admin.get('/admin/deliveries?account=bob');
    const rows = rowsOf(text);
    expect(rows).toHaveLength(4);
    const about = 'bob of the tests Account disabled';
    const row = (app: string) => rows.find((each) => each.includes(app)) ?? '';
    expect(row('The wiki')).toMatch(new RegExp(`${about} · .*No answer refused the connection`));
    expect(row('The wiki')).toMatch(/attempt 1 Waiting again in \d+ minutes$/);
    expect(row('The pay')).toMatch(/400 Bad Request attempt 2 Given up$/);
    expect(row('The chat')).toMatch(/200 OK attempt 1 Confirmed$/);
    expect(row('The app')).toMatch(/Not told$/);
    expect(textOf(text)).toContain('All 4 Not confirmed 3 Waiting 1 Confirmed 1 Given up 1 Not told 1');
  });

  it('has an address for each filter, and says which is none', async () => {
    const count = async (query: string) => rowsOf((await admin.get(`/admin/deliveries?${query}`)).text).length;
    expect(await count('state=given_up&account=bob')).toBe(1);
    expect(await count('state=unconfirmed&client=chat')).toBe(0);
    expect(await count(`account=${stage.people.bob.id}&client=pay`)).toBe(1);
    expect(await count('client=nobody')).toBe(0);
    for (const [query, says] of [
      ['state=lost', 'There is no such state'],
      ['account=nobody', 'Nobody has this user name'],
    ]) {
      const { status, text } = await admin.get(`/admin/deliveries?${query}`);
      expect([query, status, rowsOf(text)]).toEqual([query, 400, []]);
      expect(textOf(text)).toContain(says);
    }
    for (const query of ['client=%00', 'sign_out=%00', 'account=%00', 'state=%00', `client=${'x'.repeat(201)}`])
      expect([query, (await admin.get(`/admin/deliveries?${query}`)).status]).toEqual([query, 400]);
    expect((await admin.get('/admin/deliveries?state=waiting&state=given_up')).status).toBe(400);
    expect((await admin.get('/admin/deliveries?after=abc')).status).toBe(400);
    expect((await admin.get('/admin/deliveries?sign_out=so_x')).status).toBe(404);
  });

  it('goes on by pages, and a row leads to its page and back', async () => {
    const apps = Array.from({ length: 60 }, (_, at) => ({ clientId: `many-${at}`, state: 'confirmed' as const }));
    await addDeliveries(stage.postern, { accountId: stage.people.alice.id, apps });
    const first = (await admin.get('/admin/deliveries?account=alice&state=confirmed')).text;
    const next = /href="([^"]+)" rel="next"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(new URLSearchParams(next.split('?')[1]).get('account')).toBe('alice');
    const second = (await admin.get(next)).text;
    expect(rowsOf(first)).toHaveLength(50);
    expect(rowsOf(second).length).toBeGreaterThanOrEqual(10);
    const row = /<a href="(\/admin\/deliveries\/dl_[^"]+)"/.exec(second)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const back = /class="crumbs"><a href="([^"]+)"/.exec((await admin.get(row)).text)?.[1]?.replaceAll('&amp;', '&');
    expect((await admin.get(back ?? '')).text).toContain(rowsOf(second)[0]?.split(' ')[1]);
  });

  it('of one sign-out: who, why, by whom, and first who has not heard of it', async () => {
    const { text } = await admin.get(`/admin/deliveries?sign_out=${signOutId}`);
    expect(textOf(text)).toContain('Sign-out of bob of the tests');
    expect(textOf(text)).toContain('Account disabled · By: Command line');
    expect(textOf(text)).toContain('Apps that have confirmed: 1 of 4.');
    expect(rowsOf(text).map((row) => /The \w+/.exec(row)?.[0])).toEqual(['The pay', 'The wiki', 'The app', 'The chat']);
  });

  it('is led to: from the overview while something was given up, an account, a client, an event', async () => {
    expect(textOf((await admin.get('/admin')).text)).toContain('Given up: 1.');
    expect((await admin.get('/admin')).text).toContain('href="/admin/deliveries?state=given_up"');
    const { bob } = stage.people;
    expect((await admin.get(`/admin/accounts/${bob.id}`)).text).toContain(`/admin/deliveries?account=${bob.id}`);
    expect((await admin.get('/admin/clients/pay')).text).toContain('/admin/deliveries?client=pay');
    const { id, ...typed } = await stage.person();
    await signIn(stage.visitor(), stage.authorizeUrl('app'), typed);
    const [session] = await stage.postern.sessions.listOfAccount(id);
    await stage.postern.sessions.end(session?.id ?? '', {}, by);
    const ended = (await admin.get('/admin/audit?event=session.ended')).text;
    const href = /href="(\/admin\/deliveries\?sign_out=so_[^"]+)"/.exec(ended)?.[1] ?? '';
    expect(rowsOf((await admin.get(href)).text)).toHaveLength(1);
    await stage.postern.accounts.setDisabled(id, true, by);
    const disabled = (await admin.get('/admin/audit?event=account.disabled')).text;
    expect(disabled).toContain(`href="/admin/deliveries?account=${id}"`);
  });
});

describe('one delivery', () => {
  it('shows every attempt, what the app answered as text, and what to change', async () => {
    const { text } = await admin.get(`/admin/deliveries/${ids[1]}`);
    const words = textOf(text);
    expect(words).toContain('The pay never confirmed that bob of the tests is signed out');
    expect(words).toContain('The pay did not accept the token. It answered 400.');
    expect(words).toMatch(/Why Account disabled By Command line/);
    expect(words).toContain('Told at http://127.0.0.1:1/bye');
    expect(words).toMatch(/400 Bad Request .* Answered in 12 ms\. The answer bad token/);
    expect(words).toContain(`No answer `);
    expect(words).toContain(refused);
    expect(text).toContain('bad token &lt;img src=x onerror=alert(1)&gt;');
    expect(text).not.toContain(markup);
  });

  it('says when the app is told next, and that one without an address is not', async () => {
    const waiting = textOf((await admin.get(`/admin/deliveries/${ids[0]}`)).text);
    expect(waiting).toContain('The wiki could not be reached.');
    expect(waiting).toMatch(/Next attempt .* It is tried until .* Look again/);
    const untold = textOf((await admin.get(`/admin/deliveries/${ids[3]}`)).text);
    expect(untold).toContain('The app has no address for this. Enter its backchannelLogoutUri');
    const frontchannelLogoutUri = 'https://rp.example/frame';
    await stage.postern.clients.update('app', { frontchannelLogoutUri }, by);
    const framed = textOf((await admin.get(`/admin/deliveries/${ids[3]}`)).text);
    expect(framed).toContain('The app is told in the browser alone, while people sign out themselves');
    for (const id of ['dl_x', 'replay', '..%2f', '%27%20or%201=1']) {
      const { status, text } = await admin.get(`/admin/deliveries/${id}`);
      expect([id, status]).toEqual([id, 404]);
      expect(text).toContain('href="/admin/deliveries"');
    }
  });
});

describe('telling again', () => {
  it('M01 is for administrators: an auditor sees it all and no button', async () => {
    for (const path of ['/admin/deliveries', `/admin/deliveries/${ids[1]}`, '/admin/clients/pay']) {
      const { status, text } = await auditor.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toMatch(/action="\/admin\/(deliveries|clients)\/[^"]*(replay|sessions\/end)/);
    }
    for (const url of [`/admin/deliveries/${ids[1]}/replay`, '/admin/deliveries/replay']) {
      expect((await auditor.post(url)).status).toBe(403);
    }
    expect(await stateOf(ids[1])).toBe('given_up');
  });

  it('tells nobody for a filter that is wrong, and never more than the filter', async () => {
    const before = await events();
    for (const query of ['state=lost', 'account=nobody', 'account=bbo&state=given_up']) {
      expect([query, (await admin.post(`/admin/deliveries/replay?${query}`)).status]).toEqual([query, 422]);
    }
    expect((await admin.post('/admin/deliveries/replay?state=waiting&state=given_up')).status).toBe(400);
    for (const query of ['client=chat', 'client=nobody', 'state=confirmed']) {
      const { headers } = await admin.post(`/admin/deliveries/replay?${query}`);
      expect(headers.get('location')).toContain('done=deliveries-none');
    }
    expect(await events()).toEqual(before);
    expect(await stateOf(ids[1])).toBe('given_up');
  });

  it('is said on the page: one, all of a filter, and not what is confirmed', async () => {
    const one = await admin.post(`/admin/deliveries/${ids[1]}/replay?client=pay`);
    expect(one.headers.get('location')).toBe(`/admin/deliveries/${ids[1]}?client=pay&done=delivery-replayed`);
    expect(textOf((await admin.get(one.headers.get('location') ?? '')).text)).toContain('It is told again now.');
    expect((await events())[0]).toMatchObject({
      ...{ actor: { type: 'account', id: stage.people.admin.id }, clientId: 'pay', accountId: stage.people.bob.id },
      detail: { count: 1, deliveryId: ids[1] },
    });
    // The app is really called: nothing listens there.
    await until(async () => (await stage.postern.deliveries.find(ids[1] ?? '')).attempts === 3);
    expect(await stateOf(ids[1])).toBe('waiting');
    const confirmed = await admin.post(`/admin/deliveries/${ids[2]}/replay`);
    expect(confirmed.status).toBe(409);
    expect(textOf(confirmed.text)).toContain('The app has confirmed this already');

    const all = await admin.post(`/admin/deliveries/replay?sign_out=${signOutId}&state=not_told`);
    expect(all.headers.get('location')).toContain(`sign_out=${signOutId}&state=not_told&done=deliveries-replayed`);
    expect((await events())[0]).toMatchObject({ detail: { count: 1, signOutId } });
  });
});

describe('everybody', () => {
  it('of a client, and of an account but for this very session', async () => {
    const { clients, sessions } = stage.postern;
    const redirectUris = ['https://rp.example/cb'];
    await clients.create({ id: 'shared', name: 'Shared', kind: 'web', redirectUris, access: 'everybody' }, by);
    const people = [await stage.person(), await stage.person()];
    const url = stage.authorizeUrl('app', { client_id: 'shared' });
    for (const { id: _, ...typed } of people) await signIn(stage.visitor(), url, typed);
    const link = 'href="/admin/sessions?client=shared"';
    expect((await auditor.get('/admin/clients/shared')).text).toContain(link);
    const used = (await auditor.get('/admin/sessions?client=shared')).text;
    expect([rowsOf(used).length, textOf(used).includes('Sessions in which Shared was used')]).toEqual([2, true]);
    for (const [client, status] of [
      ['nobody', 404],
      ['%00', 404],
      ['shared&client=app', 400],
    ] as const)
      expect([client, (await admin.get(`/admin/sessions?client=${client}`)).status]).toEqual([client, status]);
    const done = await admin.post('/admin/clients/shared/sessions/end');
    expect(done.headers.get('location')).toBe('/admin/clients/shared?done=client-sessions-ended');
    for (const { id } of people) expect(await sessions.listOfAccount(id)).toEqual([]);
    const again = await admin.post('/admin/clients/shared/sessions/end');
    expect(again.headers.get('location')).toBe('/admin/clients/shared?done=no-sessions');
    expect((await admin.post('/admin/clients/nobody/sessions/end')).status).toBe(404);

    const { id } = stage.people.admin;
    await stage.at('/admin', stage.people.admin);
    expect((await sessions.listOfAccount(id)).length).toBeGreaterThan(1);
    const own = await admin.post(`/admin/accounts/${id}/sessions/end-all`);
    expect(own.headers.get('location')).toBe(`/admin/accounts/${id}?done=sessions-ended`);
    expect(await sessions.listOfAccount(id)).toHaveLength(1);
    expect((await admin.get('/admin')).status).toBe(200);
  });
});

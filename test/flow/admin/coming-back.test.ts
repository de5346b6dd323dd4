/** People come to the pages by links from elsewhere, stay too long, and go back to where they were. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { fieldsIn } from '../../support/form-fields.ts';
import { sessionCookie } from '../../support/silent.ts';

const reauth = 300;
/** The engine forgives clocks that differ by this much. */
const tolerance = 15;

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => stage.stop());

const admin = () => stage.at('/admin', stage.people.admin);
function advance(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + seconds * 1000);
}
const linkIn = (text: string, pattern: RegExp) => pattern.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
const signInFirst = (text: string) => linkIn(text, /<a [^>]*id="sign-in-first"[^>]* href="([^"]+)"/);
const addressesOfForms = (text: string) =>
  [...text.matchAll(/<form [^>]*method="post" action="([^"]+)"/g)].map(([, action = '']) =>
    action.replaceAll('&amp;', '&'),
  );

describe('a sign-in that is too old for changes', () => {
  it('D11 pages with a form say so before anything is typed, and lead back to the same form', async () => {
    const at = await admin();
    const page = '/admin/clients/new?kind=web';
    expect(signInFirst((await at.get(page)).text)).toBe('');
    advance(reauth + tolerance + 1);
    const paths = ['/accounts/new', `/accounts/${stage.people.alice.id}`, '/groups/new', '/groups/engineering'];
    for (const path of [...paths, '/attributes/new', '/clients/app', '/clients/new?kind=web', '/api-keys/new']) {
      const { text } = await at.get(`/admin${path}`);
      const parameters = new URLSearchParams({ fresh: '1', return_to: `/admin${path}` });
      expect(signInFirst(text)).toBe(`/admin/sign-in?${parameters}`);
    }
    for (const path of ['', '/accounts', '/groups', '/clients', '/clients/new', '/audit'])
      expect([path, signInFirst((await at.get(`/admin${path}`)).text)]).toEqual([path, '']);

    const asked = await at.visitor.open(signInFirst((await at.get(page)).text));
    const { username, password } = stage.people.admin;
    const back = await at.visitor.submit(asked, { username, password });
    expect(back.url).toBe(stage.issuer + page);
    expect(signInFirst(back.text)).toBe('');
    expect(fieldsIn(back.text, page).find(([name]) => name === 'kind')).toEqual(['kind', 'web']);
  });

  it('D11 a form that is posted all the same comes back to the page that it stood on, with its query', async () => {
    const at = await admin();
    advance(reauth + tolerance + 1);
    const stale = await at.post('/admin/clients/new?kind=spa', { kind: 'spa', id: 'too-late' });
    const to = new URL(stale.headers.get('location') ?? '', stage.issuer);
    expect([stale.status, to.searchParams.get('return_to')]).toEqual([
      303,
      '/admin/clients/new?kind=spa&done=signed-in-again',
    ]);
  });

  it('auditors are not told: they change nothing', async () => {
    const at = await stage.at('/admin', stage.auditor);
    advance(reauth + tolerance + 1);
    expect(signInFirst((await at.get('/admin/groups/engineering')).text)).toBe('');
  });

  it('beside the own password too', async () => {
    const at = await stage.at('/account', stage.people.bob);
    expect(signInFirst((await at.get('/account')).text)).toBe('');
    advance(reauth + tolerance + 1);
    expect(signInFirst((await at.get('/account')).text)).toBe('/account/sign-in?fresh=1&return_to=%2Faccount');
  });
});

describe('a link from another site', () => {
  /** A browser leaves the strict cookie out of the whole chain that begins on another site. */
  async function fromElsewhere(at: AtDoor, path: string, site: string) {
    const name = `${sessionCookie(stage)}-admin /admin`;
    const cookie = at.visitor.jar.get(name);
    at.visitor.jar.delete(name);
    const answer = await at.get(path, { headers: { 'sec-fetch-site': site, accept: 'text/html' } });
    if (cookie !== undefined) at.visitor.jar.set(name, cookie);
    return answer;
  }

  it.each(['cross-site', 'same-site'])('%s: goes on by itself, and forms in other tabs stay good', async (site) => {
    const at = await admin();
    const last = await stage.lastEvent();
    for (const path of ['/admin/groups?x=1', '/admin/sign-in?return_to=%2Fadmin%2Fgroups']) {
      const answer = await fromElsewhere(at, path, site);
      expect(answer.status).toBe(200);
      expect(linkIn(answer.text, /http-equiv="refresh" content="0; url=([^"]+)"/)).toBe(path);
    }
    const page = await at.get('/admin/groups?x=1', { headers: { 'sec-fetch-site': 'same-origin' } });
    expect([page.status, page.text.includes(`value="${at.csrf}"`)]).toEqual([200, true]);
    expect((await at.post('/admin/groups/new', { name: stage.unused('typed') })).status).toBe(303);
    expect(await stage.eventsSince(last)).toEqual(['group.created']);
  });

  it('whoever is not signed in is asked to sign in by the second request', async () => {
    const visitor = stage.visitor();
    const first = await visitor.request('/admin/groups', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(first.status).toBe(200);
    const second = await visitor.request('/admin/groups', { headers: { 'sec-fetch-site': 'same-origin' } });
    expect([second.status, second.headers.get('location')]).toEqual([
      303,
      '/admin/sign-in?return_to=%2Fadmin%2Fgroups',
    ]);
  });
});

describe('sign-ins that are begun and left', () => {
  it('do not pile up in the browser: the newest four are kept, however long their addresses are', async () => {
    const visitor = stage.visitor();
    const begin = (returnTo: string) =>
      visitor.request(`/admin/sign-in?${new URLSearchParams({ return_to: returnTo })}`);
    for (let count = 0; count < 12; count++) await begin(`/admin/audit?account=${'a'.repeat(1900)}`);
    const begun = [...visitor.jar.keys()].filter((name) => name.includes('-begun-'));
    expect(begun).toHaveLength(4);
    expect((await visitor.request('/admin')).status).toBe(303);
    const newest = await begin('/admin/groups');
    const { username, password } = stage.people.admin;
    const page = await visitor.submit(await visitor.follow(newest), { username, password });
    expect(page.url).toBe(`${stage.issuer}/admin/groups`);
  });

  it('D14 an address that is too long is remembered without its query', async () => {
    const at = await admin();
    const long = `/admin/audit?account=${'a'.repeat(400)}`;
    const page = await at.visitor.open(`/admin/sign-in?${new URLSearchParams({ return_to: long })}`);
    expect(page.url).toBe(`${stage.issuer}/admin/audit`);
  });
});

describe('the list that one came from', () => {
  it('is the one that a page of it leads back to, also after a change', async () => {
    const { accounts } = stage.postern;
    const { id } = await accounts.create({ username: stage.unused('found'), groups: ['office'] }, by);
    const at = await admin();
    const list = '/admin/accounts?search=found&group=office';
    const row = linkIn((await at.get(list)).text, new RegExp(`href="([^"]*${id}[^"]*)"`));
    expect(row).toBe(`/admin/accounts/${id}?search=found&group=office`);
    const page = await at.get(row);
    expect(page.text).toContain(`href="${list.replace('&', '&amp;')}"`);
    const saved = await at.post(row, [...fieldsIn(page.text, row)]);
    expect(saved.headers.get('location')).toBe(`${row}&done=saved`);
    expect(addressesOfForms(page.text)).toContain(`/admin/accounts/${id}/delete?search=found&group=office`);
    const gone = await at.post(`/admin/accounts/${id}/delete?search=found&group=office`);
    expect(gone.headers.get('location')).toBe(`${list}&done=account-deleted`);
  });

  it('of clients as well, beside the preview', async () => {
    const at = await admin();
    const row = linkIn((await at.get('/admin/clients?search=app')).text, /href="([^"]*\/clients\/app[^"]*)"/);
    expect(row).toBe('/admin/clients/app?search=app');
    const page = await at.get(`${row}&as=alice`);
    expect(page.text).toContain('href="/admin/clients?search=app"');
    const saved = await at.post(`${row}&as=alice`, [...fieldsIn(page.text, row)]);
    expect(saved.headers.get('location')).toBe('/admin/clients/app?search=app&as=alice&done=saved');
  });

  it('a session that is ended on a later page leaves one there, in the language of the page', async () => {
    const at = await admin();
    const { sessions } = stage.postern;
    const someone = await stage.person();
    await stage.at('/account', someone);
    const [session] = await sessions.listOfAccount(someone.id);
    const query = 'ui_locales=de';
    expect(addressesOfForms((await at.get(`/admin/sessions?${query}`)).text)).toContain(`/admin/sessions/end?${query}`);
    const ended = await at.post(`/admin/sessions/end?${query}`, { session: session?.id ?? '' });
    expect(ended.headers.get('location')).toBe(`/admin/sessions?${query}&done=session-ended`);
  });
});

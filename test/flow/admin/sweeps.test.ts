/** What must hold for every route behind a sign-in. All of it is generated from the route table of the running server. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Needs, Route } from '../../../src/http/routes.ts';
import { addresses, type Filled, recipes } from '../../support/door-recipes.ts';
import { by, createStage, type Stage } from '../../support/door-stage.ts';
import type { AtDoor } from '../../support/door-visitor.ts';
import { expectHarmless } from '../../support/refusals.ts';

let stage: Stage;
/** The administrator at each door of ours, and somebody else there. */
const own = new Map<string, AtDoor>();
const others = new Map<string, AtDoor>();
beforeAll(async () => {
  // Without that a next key signs at once, and none is ever pending.
  stage = await createStage({ keys: { publishAheadSeconds: 3600 } });
  for (const door of new Set(behindSignIn().map(doorOf))) {
    own.set(door, await stage.at(door, stage.people.admin));
    others.set(door, await stage.at(door, stage.auditor));
  }
});
afterAll(() => stage.stop());

const ranks: Record<Needs, number> = { nobody: 0, form: 0, bearer: 0, person: 1, auditor: 2, admin: 3 };
const behindSignIn = () => stage.routes.filter(({ path, needs }) => ranks[needs] > 0 && !path.startsWith('/api/'));
const forms = () => behindSignIn().filter(({ method }) => method !== 'GET');
const pages = () => behindSignIn().filter(({ method }) => method === 'GET');

function recipeOf({ path }: Route) {
  const recipe = recipes[path];
  if (!recipe) throw new Error(`test/support/door-recipes.ts lacks how to fill in ${path}`);
  return recipe;
}
function addressOf({ path }: Route): string {
  if (!path.includes(':')) return path;
  const address = addresses[path]?.(stage);
  if (!address) throw new Error(`test/support/door-recipes.ts lacks an address for ${path}`);
  return address;
}
const doorOf = ({ path }: Route): string => `/${path.split('/')[1]}`;
const roles = { admin: 3, auditor: 2, person: 1 } as const;

/** Somebody at a door. Who is only a person was an administrator when signing in: the forms' token is good, the role is gone. */
async function inRole(role: string, door: string): Promise<AtDoor> {
  if (role !== 'person') return stage.at(door, role === 'admin' ? stage.people.admin : stage.auditor);
  const fallen = await stage.person(['admins']);
  const at = await stage.at(door, fallen);
  await stage.postern.accounts.update(fallen.id, { groups: [] }, by);
  return at;
}

describe('M01 who may do what', () => {
  it('M01 nothing below a door is open to everybody, but the way in', () => {
    const doors = new Set(behindSignIn().map(doorOf));
    const open = stage.routes.filter((route) => doors.has(doorOf(route)) && ranks[route.needs] === 0);
    const waysIn = [...doors].flatMap((door) => [`GET ${door}/sign-in`, `GET ${door}/callback`]);
    expect(open.map(({ method, path }) => `${method} ${path}`).filter((route) => !waysIn.includes(route))).toEqual([]);
    expect(doors).toContain('/admin');
  });

  it('in another spelling of its path, where the cookie of its door is not sent, there is no page that asks for a sign-in', async () => {
    for (const route of behindSignIn()) {
      const path = route.path.replace(/:\w+/g, 'x').replace(/[a-z]/, (letter) => letter.toUpperCase());
      const answer = await stage.visitor().request(path, { method: route.method });
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });

  it('M01 nobody signed in: pages lead to the sign-in of their door, forms are refused', async () => {
    const before = await stage.digest();
    for (const route of behindSignIn()) {
      const visitor = stage.visitor();
      const path = route.path.replace(/:\w+/g, 'x');
      const answer = await visitor.request(
        path,
        route.method === 'GET' ? {} : { method: 'POST', body: new URLSearchParams() },
      );
      expectHarmless(answer);
      if (route.method === 'GET') {
        const to = `${doorOf(route)}/sign-in?return_to=${encodeURIComponent(path)}`;
        expect([route.path, answer.status, answer.headers.get('location')]).toEqual([route.path, 303, to]);
      } else expect([route.path, answer.status]).toEqual([route.path, 403]);
    }
    expect(await stage.digest()).toBe(before);
  });

  it.each(Object.entries(roles))('M01 %s: 403 for every route that needs more, and only there', async (role, rank) => {
    const visitors = new Map<string, AtDoor>();
    for (const door of new Set(behindSignIn().map(doorOf))) visitors.set(door, await inRole(role, door));
    for (const route of behindSignIn()) {
      const at = visitors.get(doorOf(route)) as AtDoor;
      const isRefused = rank < ranks[route.needs];
      const before = isRefused && route.method !== 'GET' ? await stage.digest() : '';
      if (route.method === 'GET') {
        const { status } = await at.get(addressOf(route));
        expect([route.path, status]).toEqual([route.path, isRefused ? 403 : 200]);
      } else if (isRefused) {
        const { status } = await at.post(route.path.replace(/:\w+/g, stage.people.alice.id));
        expect([route.path, status]).toEqual([route.path, 403]);
        expect(await stage.digest(), route.path).toBe(before);
      }
    }
  });
});

const ownAt = (route: Route) => own.get(doorOf(route)) as AtDoor;
const get = (route: Route, init: RequestInit = {}) => ownAt(route).get(addressOf(route), init);

/** Fills the form of a route in; each call prepares a new one. */
async function filled(route: Route): Promise<Required<Filled>> {
  const form = await recipeOf(route).fill(stage, ownAt(route));
  return { fields: {}, from: ownAt(route), ...form };
}
const succeeded = (status: number): boolean => status === 200 || status === 303;

describe('every form', () => {
  it('is seen', () => {
    expect(forms().length).toBeGreaterThan(15);
    expect(Object.keys(recipes).filter((path) => !forms().some((route) => route.path === path))).toEqual([]);
  });

  it('G01 a form from elsewhere, without its token or with another’s: 403 and nothing has changed; then it works', async () => {
    for (const route of forms()) {
      const { url, fields, from } = await filled(route);
      const before = await stage.digest();
      const attacks: [string, { token?: string; headers?: Record<string, string> }][] = [
        ['no token', { token: '' }],
        ['a token of another session', { token: others.get(doorOf(route))?.csrf }],
        ['a foreign page', { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } }],
        ['a foreign origin alone', { headers: { origin: 'https://evil.example' } }],
        ['an unnamed page', { headers: { origin: 'null', 'sec-fetch-site': 'cross-site' } }],
        ['a neighbour', { headers: { 'sec-fetch-site': 'same-site' } }],
      ];
      for (const [attack, how] of attacks) {
        const { status } = await from.post(url, fields, how);
        expect([route.path, attack, status]).toEqual([route.path, attack, 403]);
      }
      expect(await stage.digest(), route.path).toBe(before);
      const { status } = await from.post(url, fields);
      expect([route.path, succeeded(status)]).toEqual([route.path, true]);
      expect(await stage.digest(), route.path).not.toBe(before);
    }
  });

  it('G02 GET and HEAD of a form’s address change nothing', async () => {
    for (const route of forms()) {
      const { url, fields, from } = await filled(route);
      const before = await stage.digest();
      const isPage = pages().some(({ path }) => path === route.path);
      const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
      const query = new URLSearchParams([['csrf', from.csrf], ...pairs] as [string, string][]);
      for (const method of ['GET', 'HEAD']) {
        const { status } = await ownAt(route).get(`${url}?${query}`, { method });
        expect([method, route.path, status]).toEqual([method, route.path, isPage ? 200 : 404]);
      }
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const { status } = await ownAt(route).get(`${url}?${query}`, { method });
        expect([method, route.path, [404, 405].includes(status)]).toEqual([method, route.path, true]);
      }
      expect(await stage.digest(), route.path).toBe(before);
    }
  });

  it('M13 each change is one event in the audit log, which the route names', async () => {
    for (const route of forms()) {
      const { url, fields, from } = await filled(route);
      const last = await stage.lastEvent();
      const { status } = await from.post(url, fields);
      expect([route.path, succeeded(status)]).toEqual([route.path, true]);
      const expected = recipeOf(route).writes ?? [...(route.events ?? [])].slice(0, 1);
      expect([route.path, await stage.eventsSince(last)]).toEqual([route.path, expected]);
      expect(
        expected.filter((event) => !route.events?.includes(event)),
        route.path,
      ).toEqual([]);
    }
  });

  it('D11 a sign-in older than five minutes: nothing is done, the person signs in again and comes back to the page', async () => {
    const fresh = forms().filter(({ needs }) => needs === 'admin');
    for (const route of fresh) {
      const { url, fields, from } = await filled(route);
      const before = await stage.digest();
      await later(5 * 60 + 1, async () => {
        const answer = await from.post(url, fields);
        const to = new URL(answer.headers.get('location') ?? '', stage.issuer);
        expect([route.path, answer.status, to.pathname]).toEqual([route.path, 303, '/admin/sign-in']);
        expect(to.searchParams.get('fresh')).toBe('1');
        expect(to.searchParams.get('return_to')).toMatch(/^\/admin[^?]*\?done=signed-in-again$/);
      });
      expect(await stage.digest(), route.path).toBe(before);
    }
    expect(fresh.length).toBeGreaterThan(10);
  });
});

/** Does something while the clock of this process is ahead. */
async function later(seconds: number, work: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    vi.setSystemTime(Date.now() + seconds * 1000);
    await work();
  } finally {
    vi.useRealTimers();
  }
}

describe('every page', () => {
  it('M04 shows no hash, no secret and no key', async () => {
    const { db, clients, apiKeys, accounts } = stage.postern;
    const { secret } = await clients.create({ id: 'secretive', redirectUris: ['https://rp.example/cb'] }, by);
    const key = await apiKeys.create({ name: 'of the sweep', scopes: ['accounts:read'] }, by);
    const link = await accounts.issueLink(stage.people.alice.id, by);
    const columns = {
      accounts: ['password_hash'],
      api_keys: ['hash'],
      account_links: ['id'],
      data_keys: ['sealed_key'],
    };
    const hidden = [secret, key.secret, link.token, stage.secrets.app];
    for (const [table, names] of Object.entries(columns)) {
      for (const row of await db.all<Record<string, unknown>>(`SELECT ${names.join(', ')} FROM ${table}`))
        hidden.push(...Object.values(row).filter((value): value is string => typeof value === 'string'));
    }
    expect(hidden.length).toBeGreaterThan(8);
    for (const route of pages()) {
      const { text } = await get(route);
      for (const value of hidden) expect(text.includes(String(value)), `${route.path} shows ${value}`).toBe(false);
      expect(text, route.path).not.toMatch(/\$argon2|BEGIN [A-Z ]*PRIVATE KEY/);
    }
  });

  it('G03 G10 G12 carries the headers of every page, and no script or style of its own', async () => {
    for (const route of pages()) {
      const { headers, text, status } = await get(route);
      expect([route.path, status]).toEqual([route.path, 200]);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe-/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(text, route.path).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=/i);
    }
  });
});

/** Every link and every form of the pages leads to a page or a route that is there, for whoever sees it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AtDoor } from '../../support/door-visitor.ts';
import { createFurnished, type Furnished } from '../../support/furnished.ts';

let house: Furnished;
beforeAll(async () => {
  house = await createFurnished();
});
afterAll(() => house.stop());

const mostPages = 400;

/** Everything that can be reached from a page, with where it was seen first; `forms`: where its buttons go to. */
async function walk(at: Pick<AtDoor, 'get'>, start: string) {
  const seenOn = new Map([[start, '']]);
  const forms = new Map<string, string>();
  const wrong: string[] = [];
  for (const [path, from] of seenOn) {
    const { status, text, headers } = await at.get(path);
    if (status !== 200) wrong.push(`${path} on ${from}: ${status}`);
    if (!headers.get('content-type')?.startsWith('text/html')) continue;
    for (const [, form = '', content = ''] of text.matchAll(
      /<form [^>]*method="post" action="([^"]*)">([\s\S]*?)<\/form>/g,
    ))
      if (content.includes('type="submit"')) forms.set(form, path);
    for (const [, href = ''] of text.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      const url = new URL(href.replaceAll('&amp;', '&'), `${house.issuer}${path}`);
      if (url.origin !== house.issuer) wrong.push(`${path} leads away, to ${url.href}`);
      const target = `${url.pathname}${url.search}`;
      if (!seenOn.has(target) && seenOn.size < mostPages) seenOn.set(target, path);
    }
  }
  return { paths: [...seenOn.keys()], forms, wrong };
}

it.each(['admin', 'auditor'] as const)('nothing on the pages of /admin leads nowhere: %s', async (role) => {
  const at = await house.at('/admin', role === 'admin' ? house.people.admin : house.auditor);
  // The account page has a session of its own, begun in the same browser.
  const { paths, forms, wrong } = await walk({ get: (path) => at.visitor.open(path) }, '/admin');
  expect(wrong).toEqual([]);
  const pages = house.routes.filter(({ method, path }) => method === 'GET' && /^\/(admin|account)/.test(path));
  const isSeen = (path: string) => paths.some((seen) => patternOf(path).test(seen.replace(/\?.*/, '')));
  const ways = /\/(sign-in|callback)$/;
  const forAdmins = role === 'admin' ? /^$/ : /\/new$/;
  const unseen = pages.filter(({ path }) => !ways.test(path) && !forAdmins.test(path) && !isSeen(path));
  expect(unseen.map(({ path }) => path)).toEqual([]);

  const posts = house.routes.filter(({ method }) => method === 'POST');
  const routeOf = (form: string) => posts.find(({ path }) => patternOf(path).test(form.replace(/\?.*/, '')));
  expect([...forms].filter(([form]) => !routeOf(form))).toEqual([]);
  const changes = [...forms.keys()].filter((form) => form.startsWith('/admin') && routeOf(form)?.needs === 'admin');
  // An auditor is offered no button that would be refused.
  if (role === 'auditor') expect(changes).toEqual([]);
  else expect(changes.length).toBeGreaterThan(20);
});

/** The addresses of a route. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);

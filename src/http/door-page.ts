/** The pages of our own doors (/admin, /account): what stands around each of them, and what their forms carry along. */
import { isSentence } from './catalogue.ts';
import type { Problem } from './errors.ts';
import type { Visit } from './own-door.ts';
import type { Pages } from './pages.ts';
import { single, splitPath, withQuery } from './paths.ts';
import type { Frame, PageLinks, ViewModels, ViewName } from './views.ts';

/** Views that stand in a frame. */
type FramedName = { [Name in ViewName]: ViewModels[Name] extends { frame: Frame } ? Name : never }[ViewName];
/** Draws a page of a door: everything but the frame, which is made from the visit. */
export type DoorPage = <Name extends FramedName>(
  visit: Visit,
  name: Name,
  model: Omit<ViewModels[Name], 'frame'>,
  problem?: Problem,
) => void;

export function createDoorPage(pages: Pages): DoorPage {
  return (visit, name, model, problem) => {
    const { ctx, page } = visit;
    const whole = { ...model, frame: frameOf(visit, problem) } as unknown as ViewModels[typeof name];
    ctx.type = 'html';
    // A page that a form is answered with stands at the address of the form's page.
    const drawable = { path: ctx.path, url: page, query: ctx.query, get: (field: string) => ctx.get(field) };
    ctx.body = pages.draw(drawable, name, whole);
  };
}

/** Somebody was faster: only the page that is loaded anew shows what there is now. */
const outdated: ReadonlySet<number> = new Set([404, 412]);

function frameOf(visit: Visit, problem?: Problem): Frame {
  const { ctx, account, role, csrf, page, signInFirst } = visit;
  const done = ctx.method === 'POST' ? undefined : single(ctx, 'done');
  const address = withQuery(page, { done: undefined });
  const { query } = splitPath(address);
  return {
    at: page.split(/[/?]/)[2] ?? '',
    account: { name: account.name ?? account.username, username: account.username },
    mayChange: role === 'admin',
    csrf,
    query: query && `?${query}`,
    ...(signInFirst !== undefined && { signInFirst }),
    ...(done !== undefined && isSentence(`done.${done}`) && { done }),
    ...(problem && { problem: { message: problem.message, fields: problem.fields } }),
    ...(problem && outdated.has(problem.status) && { loadAgain: address }),
  };
}

/** Where the links below a list lead: to its first page, when this is a later one, and to the next. */
export function pageLinks({ ctx, page }: Visit, next: string | undefined): PageLinks {
  const isLater = single(ctx, 'after') !== undefined;
  return {
    ...(isLater && { first: withQuery(page, { after: undefined, done: undefined }) }),
    ...(next !== undefined && { next: withQuery(page, { after: next, done: undefined }) }),
  };
}

/** A list as it was searched and paged, to be carried along to the pages of its rows and back. */
export function listQuery({ ctx }: Visit): { search?: string; group?: string; after?: string } {
  const given = ['search', 'group', 'after'].map((name) => [name, single(ctx, name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** The version that the form was drawn with, so that nobody writes over what somebody else just saved. */
export function versionOf({ form }: Visit): number | undefined {
  return /^\d{1,9}$/.test(form.version ?? '') ? Number(form.version) : undefined;
}

/**
 * The version for the form of a page. One that is drawn again holds what was typed over the version it had: with the
 * present one, pressing Save once more would write over what somebody else saved.
 */
export const versionShown = (visit: Visit, stored: number): number => versionOf(visit) ?? stored;

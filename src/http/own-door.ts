import { type ErrorCode, isPosternError, PosternError } from '../base/errors.ts';
import type { Account } from '../domain/accounts/accounts.ts';
import type { AuditEventName, Circumstances } from '../domain/audit/audit.ts';
import { exchangeOf } from './context.ts';
import type { Csrf } from './csrf.ts';
import { createDoorSignIn, drawContinue, drawRefusal, type SignInOptions } from './door-sign-in.ts';
import { describeError, type Problem } from './errors.ts';
import { type Form, type FormShape, readFields } from './form.ts';
import type { OwnSession } from './own-session.ts';
import { pathOf, seeOther, withQuery } from './paths.ts';
import type { Needs, Route, RouteContext } from './routes.ts';

export type Role = 'admin' | 'auditor';
type DoorNeeds = Exclude<Needs, 'nobody' | 'form' | 'bearer'>;

/** One request of somebody who is signed in at this door and may do what the route does. */
export type Visit = {
  ctx: RouteContext;
  session: OwnSession;
  account: Account;
  role: Role | undefined;
  /** Of a POST; both empty for a GET. */
  form: Form;
  lists: Readonly<Record<string, readonly string[]>>;
  /** The token of the forms of this session's pages. */
  csrf: string;
  /** Who it is, for the rooms and their audit events. */
  circumstances: Circumstances;
  /** Path and query of the page that the form stands on; of a GET its own. Forms go to addresses with that query. */
  page: string;
  /** Where to sign in again, and then back to this page; while the sign-in is too old for what is `fresh` (D11). */
  signInFirst: string | undefined;
  /** After a form: to that page, with one notice (`done.<word>` of the catalogue). */
  done(path: string, word: string): void;
};

export type DoorRoute = {
  method: 'GET' | 'POST';
  path: string;
  needs: DoorNeeds;
  /** Asks for a sign-in that is not older than `reauthSeconds` (D11). */
  fresh?: boolean;
  events?: readonly AuditEventName[];
  form?: FormShape;
  /** The page that the form stands on, where that is not its own path. */
  page?: string;
  handle(visit: Visit): Promise<void> | void;
  /**
   * Draws the page once more with what was typed, after `invalid`, `conflict`, `not_found` or `rate_limited`. The status is
   * set already.
   */
  again?(visit: Visit, problem: Problem): Promise<void> | void;
};

export type DoorOptions = SignInOptions & {
  csrf: Csrf;
  /** What somebody may do here, asked with each request; undefined at a door without roles. */
  roleOf(account: Account): Promise<Role | undefined>;
  /** How old a sign-in may be for a route that is `fresh`. */
  reauthSeconds: number;
  /** Draws that a page or what its form is about is not there, or its address can't be read. The status is set already. */
  absent?(visit: Visit, problem: Problem, route: DoorRoute): void;
};

/** The entries of the route table for this door's routes. */
export function createDoor(options: DoorOptions, routes: readonly DoorRoute[]): Route[] {
  const enter = createEntrance(options);
  const signIn = createDoorSignIn(options);
  const all = [...routes, signIn.signOut];
  return [
    ...all.map((route): Route => {
      const { method, path, needs, events } = route;
      return { method, path, needs, events, handle: (ctx) => enter(ctx, route) };
    }),
    ...signIn.routes,
  ];
}

function createEntrance(options: DoorOptions) {
  const { sessions, pages } = options;

  return async function enter(ctx: RouteContext, route: DoorRoute): Promise<void> {
    const current = await sessions.current(ctx);
    if (!current) {
      if (route.method === 'POST') throw refusedForm();
      if (sessions.mayBeHidden(ctx)) return drawContinue(pages, ctx, { reason: 'elsewhere', url: ctx.url });
      return seeOther(ctx, withQuery(`${options.path}/sign-in`, { return_to: ctx.url }));
    }
    const visit = await open(options, ctx, route, current);
    if (!mayEnter(visit.role, route.needs))
      return drawRefusal(options, ctx, { reason: 'role', account: visit.account });
    if (route.fresh && visit.signInFirst !== undefined)
      return seeOther(ctx, signInAgain(options.path, withQuery(visit.page, { done: 'signed-in-again' })));
    await answer(visit, route, options.absent);
  };
}

const signInAgain = (path: string, back: string): string =>
  withQuery(`${path}/sign-in`, { fresh: '1', return_to: back });

async function open(
  { csrf, roleOf, name, path, clock, reauthSeconds }: DoorOptions,
  ctx: RouteContext,
  route: DoorRoute,
  { session, account }: { session: OwnSession; account: Account },
): Promise<Visit> {
  const isForm = route.method === 'POST';
  const binding = `${name} ${session.id}`;
  const { form, lists } = isForm ? await readFields(ctx, route.form) : { form: {}, lists: {} };
  if (isForm) csrf.check(ctx, form, binding);
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const page = isForm
    ? withQuery(pathOf(route.page ?? route.path, ctx.params) + ctx.search, { done: undefined })
    : ctx.url;
  const isStale = session.authAt < clock.now() - reauthSeconds * 1000;
  return {
    ...{ ctx, session, account, form, lists },
    role: await roleOf(account),
    csrf: csrf.token(binding),
    circumstances: { by: { type: 'account', id: account.id }, ip, requestId },
    page,
    signInFirst: isStale ? signInAgain(path, withQuery(page, { done: undefined })) : undefined,
    done: (path, word) => seeOther(ctx, withQuery(path, { done: word })),
  };
}

/** What is not there, and what an address can't mean, is said on a page of the door. */
async function answer(visit: Visit, route: DoorRoute, absent: DoorOptions['absent']): Promise<void> {
  try {
    await (route.method === 'POST' ? answerForm(visit, route) : route.handle(visit));
  } catch (error) {
    if (!isPosternError(error) || (error.code !== 'not_found' && error.code !== 'invalid') || !absent) throw error;
    const problem = describeError(error);
    visit.ctx.status = problem.status;
    absent(visit, problem, route);
  }
}

/** A problem that the person can mend is shown beside the form, with what was typed; any other is a page of its own. */
async function answerForm(visit: Visit, { handle, again }: DoorRoute): Promise<void> {
  try {
    await handle(visit);
  } catch (error) {
    if (!isPosternError(error) || !mendable.has(error.code) || !again) throw error;
    const problem = describeError(error);
    visit.ctx.status = problem.status;
    if (problem.retryAfterSeconds !== undefined) visit.ctx.set('Retry-After', String(problem.retryAfterSeconds));
    await again(visit, problem);
  }
}

/** What the person mends in the form itself, by loading its page anew, or by waiting. */
const mendable: ReadonlySet<ErrorCode> = new Set(['invalid', 'conflict', 'not_found', 'rate_limited']);

const rank = { person: 0, auditor: 1, admin: 2 } as const;
const mayEnter = (role: Role | undefined, needs: DoorNeeds): boolean => rank[role ?? 'person'] >= rank[needs];

const refusedForm = () =>
  new PosternError(
    'forbidden',
    'You are not signed in here any more. Sign in again, then repeat it: nothing was changed.',
  );

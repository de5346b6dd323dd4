/**
 * The check before every form of Postern's own pages: a token bound to the interaction or session, and what the browser
 * says about where the form stood (security.md G01). Stores nothing: the token is an HMAC of what it is bound to.
 */
import { createHmac, type KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { PosternError } from '../base/errors.ts';
import { equalInConstantTime } from '../base/ids.ts';
import type { Form } from './form.ts';

export type Csrf = ReturnType<typeof createCsrf>;

/** The field that carries the token in every form. */
const csrfField = 'csrf';

/** `key` is a secret key of its own; `issuer` is the only origin whose forms count. */
export function createCsrf({ key, issuer }: { key: KeyObject; issuer: URL }) {
  return { token, check, isFromOwnPage };

  /** The token of the forms of one interaction or session. `bindingId` must be secret to that browser. */
  function token(bindingId: string): string {
    return createHmac('sha256', key).update(`postern csrf\0${bindingId}`).digest('base64url');
  }

  /** Throws `forbidden` unless the form stood on the issuer's own page and carries the token of `bindingId`. */
  function check(ctx: Context, form: Form, bindingId: string): void {
    const sent = form[csrfField] ?? '';
    if (isFromOwnPage(ctx.req) && bindingId !== '' && equalInConstantTime(sent, token(bindingId))) return;
    throw new PosternError(
      'forbidden',
      'This form did not come from its page, or the page is out of date. Go back, reload it and try again.',
    );
  }

  /** What the browser says about where a form stood; programs say nothing. */
  function isFromOwnPage({ headers }: IncomingMessage): boolean {
    const { origin, 'sec-fetch-site': site } = headers;
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
    // Our own Referrer-Policy makes browsers post "Origin: null"; then their word for "same origin" must stand beside it.
    // No page and no sandboxed frame can set Sec-Fetch-Site itself.
    if (origin === 'null') return site === 'same-origin';
    return origin === undefined || origin === issuer.origin;
  }
}

import type { Context } from 'koa';
import type { Clock } from '../../base/clock.ts';
import { PosternError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import type { Account, Accounts } from '../../domain/accounts/accounts.ts';
import type { AuditEntry } from '../../domain/audit/audit.ts';
import type { Client, Clients } from '../../domain/clients/clients.ts';
import type { Interaction, Interactions } from '../../oidc/oidc.ts';
import type { Csrf } from '../csrf.ts';
import type { Form } from '../form.ts';
import type { Pages } from '../pages.ts';
import type { App, ContinueModel } from '../views.ts';

export type InteractionDependencies = {
  config: Config;
  clock: Clock;
  accounts: Accounts;
  clients: Clients;
  interactions: Interactions;
  csrf: Csrf;
  pages: Pages;
  /** Writes an audit event on its own. */
  recordEvent(entry: AuditEntry): Promise<void>;
};

/** One request to an interaction, with what its pages need. */
export type Visit = { ctx: Context; interaction: Interaction; client: Client | undefined; app: App; form: Form };

/**
 * The same-origin page between a form and the engine: `form-action 'self'` would block the redirect to the app that
 * follows a form (security.md finding 11).
 */
export function goOn({ pages }: InteractionDependencies, visit: Visit, next: Omit<ContinueModel, 'app'>): void {
  visit.ctx.status = 200;
  visit.ctx.type = 'html';
  visit.ctx.body = pages.draw(visit.ctx, 'interaction/continue', { ...next, app: visit.app }, uiLocalesOf(visit));
}

export function uiLocalesOf({ interaction }: Visit): string | undefined {
  const { ui_locales: uiLocales } = interaction.parameters;
  return typeof uiLocales === 'string' ? uiLocales : undefined;
}

/** Where the forms of this page go: the same address, in the same language. */
export function actionOf({ ctx }: Visit): string {
  const locale = ctx.query.ui_locales;
  return typeof locale === 'string' ? `${ctx.path}?ui_locales=${encodeURIComponent(locale)}` : ctx.path;
}

/** A person as pages name them. */
export const personOf = ({ name, username }: Account) => ({ name: name ?? username, username });

/** Who is signed in. Throws `not_found` when nobody is any more, or that account is gone or disabled. */
export async function accountOf({ accounts }: InteractionDependencies, { interaction }: Visit): Promise<Account> {
  const account = interaction.accountId === undefined ? undefined : await accounts.find(interaction.accountId);
  if (!account || account.disabled) {
    throw new PosternError('not_found', 'This sign-in is over. Start again in the app.');
  }
  return account;
}

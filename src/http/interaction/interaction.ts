/** /interaction/:uid: what a person is asked between an app's request and its answer. Finds the page of the prompt. */
import type { Context } from 'koa';
import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/db.ts';
import type { Accounts } from '../../domain/accounts/accounts.ts';
import type { Audit } from '../../domain/audit/audit.ts';
import type { Client, Clients } from '../../domain/clients/clients.ts';
import type { Interaction, Interactions } from '../../oidc/oidc.ts';
import { exchangeOf } from '../context.ts';
import type { Csrf } from '../csrf.ts';
import { type Form, readForm } from '../form.ts';
import { appOf, type Pages } from '../pages.ts';
import type { App, ContinueModel } from '../views.ts';
import { answerConsent, showConsent } from './consent.ts';
import { answerSignIn, showSignIn } from './sign-in.ts';

export type InteractionDependencies = {
  config: Config;
  clock: Clock;
  db: Database;
  audit: Audit;
  accounts: Accounts;
  clients: Clients;
  interactions: Interactions;
  csrf: Csrf;
  pages: Pages;
};

/** One request to an interaction, with what its pages need. */
export type Visit = { ctx: Context; interaction: Interaction; client: Client | undefined; app: App; form: Form };

export function createInteractionRoutes(dependencies: InteractionDependencies) {
  async function visit(ctx: Context, uid: string, form: Form = {}): Promise<Visit> {
    const interaction = await dependencies.interactions.current(ctx, uid);
    const client = await dependencies.clients.find(interaction.clientId);
    const redirectUri = interaction.parameters.redirect_uri;
    const app = appOf({
      clientId: interaction.clientId,
      clientName: client?.name,
      redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined,
    });
    return { ctx, interaction, client, app, form };
  }

  return {
    async show(ctx: Context, uid: string): Promise<void> {
      const current = await visit(ctx, uid);
      ctx.type = 'html';
      ctx.body = await (current.interaction.prompt === 'consent' ? showConsent : showSignIn)(dependencies, current);
    },

    async answer(ctx: Context, uid: string): Promise<void> {
      const form = await readForm(ctx);
      dependencies.csrf.check(ctx, form, uid);
      const current = await visit(ctx, uid, form);
      if (form.do === 'cancel') return cancel(dependencies, current);
      await (current.interaction.prompt === 'consent' ? answerConsent : answerSignIn)(dependencies, current);
    },
  };
}

async function cancel(dependencies: InteractionDependencies, visit: Visit): Promise<void> {
  const { ctx, interaction } = visit;
  const url = await dependencies.interactions.abort(ctx, interaction.uid);
  if (interaction.prompt === 'consent') await recordRefusal(dependencies, visit);
  goOn(dependencies, visit, { reason: 'cancelled', url });
}

async function recordRefusal({ audit, db }: InteractionDependencies, { ctx, interaction }: Visit): Promise<void> {
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const { accountId, clientId, scopes } = interaction;
  const actor = { type: 'account', id: accountId } as const;
  await audit.record(db, { actor, accountId, clientId, ip, requestId, event: 'consent.refused', detail: { scopes } });
}

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

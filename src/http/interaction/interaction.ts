/** /interaction/:uid: what a person is asked between an app's request and its answer. Finds the page of the prompt. */
import type { Context } from 'koa';
import { isPosternError, PosternError } from '../../base/errors.ts';
import { exchangeOf } from '../context.ts';
import { type Form, readForm } from '../form.ts';
import { appOf } from '../pages.ts';
import type { Route } from '../routes.ts';
import { answerNoAccess, showNoAccess } from './access.ts';
import { answerConsent, showConsent } from './consent.ts';
import { answerSignIn, showSignIn } from './sign-in.ts';
import { goOn, type InteractionDependencies, type Visit } from './visit.ts';

export function listInteractionRoutes(dependencies: InteractionDependencies): Route[] {
  const path = '/interaction/:uid';
  const { show, answer } = createInteraction(dependencies);
  const events = ['signin.succeeded', 'signin.failed', 'consent.granted', 'consent.refused'] as const;
  return [
    { method: 'GET', path, needs: 'nobody', handle: (ctx) => show(ctx, ctx.params.uid ?? '') },
    { method: 'POST', path, needs: 'form', events, handle: (ctx) => answer(ctx, ctx.params.uid ?? '') },
  ];
}

const prompts = {
  login: { show: showSignIn, answer: answerSignIn },
  access: { show: showNoAccess, answer: answerNoAccess },
  consent: { show: showConsent, answer: answerConsent },
};

function createInteraction(dependencies: InteractionDependencies) {
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
      await badRequestWhenOver(async () => {
        const current = await visit(ctx, uid);
        const page = await prompts[current.interaction.prompt].show(dependencies, current);
        ctx.type = 'html';
        ctx.body = page;
      });
    },

    async answer(ctx: Context, uid: string): Promise<void> {
      const form = await readForm(ctx);
      dependencies.csrf.check(ctx, form, uid);
      await badRequestWhenOver(async () => {
        const current = await visit(ctx, uid, form);
        if (form.do === 'cancel') return cancel(dependencies, current);
        await prompts[current.interaction.prompt].answer(dependencies, current);
      });
    },
  };
}

/** An interaction that is over, or another browser's, is a bad request, as it is to the engine (D02, D03). */
async function badRequestWhenOver(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isPosternError(error) || error.code !== 'not_found') throw error;
    throw new PosternError('not_found', error.message, { cause: { httpStatus: 400 } });
  }
}

async function cancel(dependencies: InteractionDependencies, visit: Visit): Promise<void> {
  const { ctx, interaction } = visit;
  const url = await dependencies.interactions.abort(ctx, interaction.uid);
  // What a device is refused, the engine notes, at the code and here.
  if (interaction.prompt === 'consent' && !interaction.isDevice) await recordRefusal(dependencies, visit);
  goOn(dependencies, visit, { reason: interaction.prompt === 'access' ? 'no-access' : 'cancelled', url });
}

async function recordRefusal({ recordEvent }: InteractionDependencies, { ctx, interaction }: Visit): Promise<void> {
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const { accountId, clientId, scopes } = interaction;
  const actor = { type: 'account', id: accountId } as const;
  await recordEvent({ actor, accountId, clientId, ip, requestId, event: 'consent.refused', detail: { scopes } });
}

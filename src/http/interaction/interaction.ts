/** /interaction/:uid: what a person is asked between an app's request and its answer. Finds the page of the prompt. */
import type { Context } from 'koa';
import { isPosternError, PosternError } from '../../base/errors.ts';
import { exchangeOf } from '../context.ts';
import { type Form, readForm } from '../form.ts';
import { appOf } from '../pages.ts';
import { answerConsent, showConsent } from './consent.ts';
import { answerSignIn, showSignIn } from './sign-in.ts';
import { goOn, type InteractionDependencies, type Visit } from './visit.ts';

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
      await badRequestWhenOver(async () => {
        const current = await visit(ctx, uid);
        const page = await (current.interaction.prompt === 'consent' ? showConsent : showSignIn)(dependencies, current);
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
        await (current.interaction.prompt === 'consent' ? answerConsent : answerSignIn)(dependencies, current);
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
  goOn(dependencies, visit, { reason: 'cancelled', url });
}

async function recordRefusal({ recordEvent }: InteractionDependencies, { ctx, interaction }: Visit): Promise<void> {
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const { accountId, clientId, scopes } = interaction;
  const actor = { type: 'account', id: accountId } as const;
  await recordEvent({ actor, accountId, clientId, ip, requestId, event: 'consent.refused', detail: { scopes } });
}

import { actionOf, type InteractionDependencies, type Visit } from './visit.ts';

/** "Not you?": the app's request once more, with the question who the person is in front; for a device the question alone. */
export async function switchAccount({ interactions }: InteractionDependencies, visit: Visit): Promise<void> {
  const { ctx, interaction } = visit;
  if (interaction.isDevice) await interactions.askLogin(ctx, interaction.uid);
  ctx.redirect(interaction.isDevice ? actionOf(visit) : `/authorize?${repeatedRequest(visit)}`);
  ctx.status = 303;
}

function repeatedRequest({ interaction }: Visit): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, given] of Object.entries(interaction.parameters)) {
    if (given === undefined || name === 'request_uri') continue;
    // `resource` may be there several times (RFC 8707 §2).
    for (const value of [given].flat()) query.append(name, String(value));
  }
  query.set('prompt', 'login');
  return query;
}

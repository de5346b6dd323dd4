import { PosternError } from '../../base/errors.ts';
import type { AccessModel } from '../views.ts';
import { switchAccount } from './switch-account.ts';
import { accountOf, actionOf, type InteractionDependencies, personOf, uiLocalesOf, type Visit } from './visit.ts';

/** Signed in, but not let in: which account that is, who could change it, and two ways on. */
export async function showNoAccess(dependencies: InteractionDependencies, visit: Visit): Promise<string> {
  const { pages, csrf } = dependencies;
  const { ctx, interaction, app } = visit;
  const model: AccessModel = {
    action: actionOf(visit),
    csrf: csrf.token(interaction.uid),
    client: app,
    account: personOf(await accountOf(dependencies, visit)),
    isDevice: interaction.isDevice,
  };
  return pages.draw(ctx, 'interaction/access', model, uiLocalesOf(visit));
}

/** To be somebody else; going back is the same on all these pages. */
export async function answerNoAccess(dependencies: InteractionDependencies, visit: Visit): Promise<void> {
  if (visit.form.do === 'switch') return switchAccount(dependencies, visit);
  throw new PosternError('invalid', 'Choose to switch account or to go back.');
}

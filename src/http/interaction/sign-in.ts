import { isPosternError } from '../../base/errors.ts';
import type { Account } from '../../domain/accounts/accounts.ts';
import { acr } from '../../oidc/oidc.ts';
import { exchangeOf } from '../context.ts';
import { readDeviceCookie, setDeviceCookie } from '../device-cookie.ts';
import type { Person, SignInError, SignInModel } from '../views.ts';
import { actionOf, goOn, type InteractionDependencies, personOf, uiLocalesOf, type Visit } from './visit.ts';

/** The sign-in page, after a failed try with what went wrong. */
export async function showSignIn(
  dependencies: InteractionDependencies,
  visit: Visit,
  failed?: { username: string; error: SignInError },
): Promise<string> {
  const { pages, csrf, config, accounts } = dependencies;
  const { interaction, app, ctx } = visit;
  const hint = interaction.parameters.login_hint;
  const model: SignInModel = {
    action: actionOf(visit),
    csrf: csrf.token(interaction.uid),
    client: app,
    people: (await accounts.samples()).map(sampleOf),
    username: failed?.username ?? (typeof hint === 'string' ? hint.slice(0, 256) : ''),
    ...(failed && { error: failed.error }),
    notices: config.mode === 'serve' ? [] : noticesOf(visit),
  };
  return pages.draw(ctx, 'interaction/sign-in', model, uiLocalesOf(visit));
}

/** Takes the name and password, or in `dev` the person that was picked. */
export async function answerSignIn(dependencies: InteractionDependencies, visit: Visit): Promise<void> {
  const { form } = visit;
  if (form.account !== undefined) return pick(dependencies, visit, form.account);
  const username = form.username ?? '';
  const error = await signIn(dependencies, visit, username, form.password ?? '');
  if (!error) return;
  visit.ctx.status = statuses[error.kind];
  if ('retryAfterSeconds' in error) visit.ctx.set('Retry-After', String(error.retryAfterSeconds));
  visit.ctx.type = 'html';
  visit.ctx.body = await showSignIn(dependencies, visit, { username: username.slice(0, 256), error });
}

const statuses = { wrong: 401, throttled: 429, unavailable: 503 } as const;

async function signIn(
  dependencies: InteractionDependencies,
  visit: Visit,
  username: string,
  password: string,
): Promise<SignInError | undefined> {
  const { ctx, interaction } = visit;
  const { ip, id: requestId } = exchangeOf(ctx.req);
  try {
    const device = readDeviceCookie(dependencies.config, ctx);
    const { clientId } = interaction;
    const signedIn = await dependencies.accounts.authenticate({ username, password, ip, device, requestId, clientId });
    const { id: accountId, version: accountVersion } = signedIn.account;
    const login = { accountId, accountVersion, acr: acr.password, amr: ['pwd'] };
    const url = await dependencies.interactions.finishLogin(ctx, interaction.uid, login);
    setDeviceCookie(dependencies.config, ctx, signedIn.device);
    goOn(dependencies, visit, { reason: 'signed-in', url, account: personOf(signedIn.account) });
    return undefined;
  } catch (error) {
    return signInErrorOf(error);
  }
}

function signInErrorOf(error: unknown): SignInError {
  if (!isPosternError(error)) throw error;
  const retryAfterSeconds = error.retryAfterSeconds ?? 2;
  if (error.code === 'unauthorized') return { kind: 'wrong' };
  if (error.code === 'rate_limited') return { kind: 'throttled', retryAfterSeconds };
  if (error.code === 'unavailable') return { kind: 'unavailable', retryAfterSeconds };
  throw error;
}

/** One click to be a sample person. A disabled one answers the app with a refusal, to show what it makes of it. */
async function pick(dependencies: InteractionDependencies, visit: Visit, username: string): Promise<void> {
  const { accounts, interactions } = dependencies;
  const { ctx, interaction } = visit;
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const circumstances = { clientId: interaction.clientId, ip, requestId };
  const person = await accounts.pick(username, circumstances).catch(undefinedWhenForbidden);
  if (!person) {
    const url = await interactions.abort(ctx, interaction.uid, 'this account may not sign in');
    return goOn(dependencies, visit, { reason: 'refused', url });
  }
  const login = { accountId: person.id, accountVersion: person.version, acr: acr.picker, amr: ['user'] };
  const url = await interactions.finishLogin(ctx, interaction.uid, login);
  goOn(dependencies, visit, { reason: 'signed-in', url, account: personOf(person) });
}

function undefinedWhenForbidden(error: unknown): undefined {
  if (!isPosternError(error) || error.code !== 'forbidden') throw error;
}

/** A sample person as the picker and the start page show them. */
export const sampleOf = ({ username, name, groups, disabled }: Account): Person => ({
  username,
  name: name ?? username,
  groups,
  disabled,
});

/** What a developer should know about this request: the client was taken as it came, or sent no PKCE. */
function noticesOf({ interaction, client }: Visit): SignInModel['notices'] {
  const notices: SignInModel['notices'] = [];
  // The registration and the interaction are made by the same request.
  const isNew = (at: number) => at >= interaction.startedAt - 2000;
  if (client?.origin === 'first_use' && isNew(client.createdAt)) notices.push('registered');
  else if (client && client.origin !== 'admin' && client.createdAt !== client.updatedAt && isNew(client.updatedAt)) {
    notices.push('address-added');
  }
  if (interaction.parameters.code_challenge === undefined && !interaction.isDevice) notices.push('pkce-missing');
  return notices;
}

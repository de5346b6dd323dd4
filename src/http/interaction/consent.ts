import { PosternError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { rolesOf } from '../../domain/access/access.ts';
import type { Account } from '../../domain/accounts/accounts.ts';
import { type Client, canBeImpersonated } from '../../domain/clients/clients.ts';
import { exchangeOf } from '../context.ts';
import type { Ask, ConsentModel } from '../views.ts';
import { switchAccount } from './switch-account.ts';
import { accountOf, actionOf, goOn, type InteractionDependencies, personOf, uiLocalesOf, type Visit } from './visit.ts';

/** The consent page: who asks, for what, for how long, and where it goes back to (G05). */
export async function showConsent(dependencies: InteractionDependencies, visit: Visit): Promise<string> {
  const { pages, csrf, config } = dependencies;
  const { interaction, client, app, ctx } = visit;
  const account = await accountOf(dependencies, visit);
  const unverified = isUnverified(config.mode, visit);
  const model: ConsentModel = {
    action: actionOf(visit),
    csrf: csrf.token(interaction.uid),
    client: { ...app, unverified, firstParty: client?.firstParty === true && !unverified },
    account: personOf(account),
    asks: asksOf(visit, account),
    lastsSeconds: config.lifetimes.grantSeconds,
    ...(!interaction.isDevice && app.host !== undefined && { returnsTo: app.host }),
  };
  return pages.draw(ctx, 'interaction/consent', model, uiLocalesOf(visit));
}

/** Nobody vouches for a client of first use, nor in `serve` for one that any program could pose as (G05). */
function isUnverified(mode: Config['mode'], { client, interaction }: Visit): boolean {
  if (!client || client.origin === 'first_use') return true;
  return mode === 'serve' && canBeImpersonated(client.tokenEndpointAuthMethod, interaction.parameters.redirect_uri);
}

export async function answerConsent(dependencies: InteractionDependencies, visit: Visit): Promise<void> {
  const { ctx, interaction, form } = visit;
  if (form.do === 'switch') return switchAccount(dependencies, visit);
  if (form.do !== 'allow') throw new PosternError('invalid', 'Choose to allow or to cancel.');
  const account = await accountOf(dependencies, visit);
  const url = await dependencies.interactions.finishConsent(ctx, interaction.uid);
  await recordConsent(dependencies, visit);
  goOn(dependencies, visit, { reason: 'allowed', url, account: personOf(account) });
}

/** Everything the app will have after this, in the order of the scopes it asked for. */
function asksOf({ interaction, client }: Visit, account: Account): Ask[] {
  const identity = interaction.scopes.map((scope) => ({ scope, value: valueForScope(scope, account, client?.roles) }));
  const claims = interaction.claims.map((claim) => ({ scope: claim }));
  const resources = Object.entries(interaction.resourceScopes).flatMap(([resource, scopes]) =>
    scopes.map((scope) => ({ scope, resource })),
  );
  return [...identity, ...claims, ...resources];
}

function valueForScope(scope: string, account: Account, roles: Client['roles'] | undefined): string | undefined {
  if (scope === 'profile') return account.name ?? account.username;
  if (scope === 'email') return account.email;
  if (scope === 'phone') return account.claims.phone_number;
  if (scope === 'address') return account.claims.address?.formatted;
  if (scope === 'roles') return rolesOf(account.groups, roles).join(', ');
  return scope === 'groups' ? account.groups.join(', ') : undefined;
}

async function recordConsent({ recordEvent }: InteractionDependencies, { ctx, interaction }: Visit): Promise<void> {
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const { accountId, clientId, scopes, resourceScopes } = interaction;
  const about = { actor: { type: 'account', id: accountId }, accountId, clientId, ip, requestId } as const;
  const event = interaction.isDevice ? 'device.approved' : 'consent.granted';
  await recordEvent({ ...about, event, detail: { scopes: [...scopes, ...Object.values(resourceScopes).flat()] } });
}

import { type Client, isIdle } from '../../domain/clients/clients.ts';
import type { PreviewModel } from '../views.ts';
import { signsPeopleIn } from './client-rows.ts';
import type { AdminDependencies } from './dependencies.ts';
import { personLink } from './rows.ts';

type Dependencies = Pick<AdminDependencies, 'accounts' | 'config' | 'clock' | 'oidc'>;

/** What that person's tokens for the client would contain. `as`: a user name or account id, empty for nobody yet. */
export async function previewOf(dependencies: Dependencies, client: Client, as: string): Promise<PreviewModel> {
  const { accounts, oidc } = dependencies;
  if (!signsPeopleIn(client)) return { as, reason: 'machine' };
  if (client.disabled || isIdle(client, dependencies.config.mode)) return { as, reason: 'off' };
  if (as === '') return { as };
  const account = (await accounts.findByUsername(as)) ?? (await accounts.find(as));
  if (!account) return { as, reason: 'nobody' };
  const { access, scopes, idToken, userinfo, accessToken } = await oidc.preview(account, client.id);
  const tokens = { id_token: idToken, userinfo, access_token: accessToken };
  return {
    as,
    seen: {
      ...{ person: personLink(account), by: access.by, scopes: [...scopes] },
      state: account.disabled ? 'disabled' : access.allowed ? 'allowed' : 'refused',
      tokens: (['id_token', 'userinfo', 'access_token'] as const).map((type) => ({
        ...{ type, json: JSON.stringify(tokens[type], undefined, 2) },
      })),
    },
  };
}

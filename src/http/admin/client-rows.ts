/** How lists and pages show a client: what it is, in what state, and with which secrets. */
import { type Client, isIdle, usesSecret } from '../../domain/clients/clients.ts';
import { pathPart } from '../paths.ts';
import type { ClientLink, ClientNotice, ClientRow, ClientState, SecretRow } from '../views.ts';
import type { AdminDependencies } from './dependencies.ts';

type Surroundings = Pick<AdminDependencies, 'config' | 'clock'>;

export const clientPath = (id: string): string => `/admin/clients/${pathPart(id)}`;
export const clientLink = ({ id, name }: Pick<Client, 'id' | 'name'>): ClientLink => ({
  ...{ id, name, href: clientPath(id) },
});

export function clientRow(client: Client, surroundings: Surroundings): ClientRow {
  const { kind, access, origin } = client;
  return {
    ...clientLink(client),
    ...{ kind, origin, state: stateOf(client, surroundings) },
    access: signsPeopleIn(client) ? access : undefined,
  };
}

export function stateOf(client: Client, surroundings: Surroundings): ClientState {
  if (client.disabled) return 'disabled';
  if (isIdle(client, surroundings.config.mode)) return 'idle';
  if (!usesSecret(client.tokenEndpointAuthMethod) || client.authUndecided) return 'ok';
  const live = secretRows(client, surroundings);
  if (live.length === 0) return 'no-secret';
  return live.every(({ endsAt }) => endsAt !== undefined) ? 'ending' : 'ok';
}

/** A machine has tokens of its own and nobody's. */
export const signsPeopleIn = ({ grantTypes }: Client): boolean =>
  grantTypes.some((grant) => grant !== 'client_credentials' && grant !== 'refresh_token');

/** Those that are live, the newest first. */
export function secretRows({ secrets }: Client, { clock }: Pick<Surroundings, 'clock'>): SecretRow[] {
  const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > clock.now());
  return live
    .toSorted((one, other) => other.createdAt - one.createdAt)
    .map(({ id, createdAt, expiresAt }, at) => ({ id, createdAt, endsAt: expiresAt ?? undefined, isNewest: at === 0 }));
}

/** What is less safe about it than it could be. */
export function noticesOf({ pkce, responseTypes, authUndecided }: Client): ClientNotice[] {
  return [
    ...(pkce === 'optional' ? (['pkce-optional'] as const) : []),
    ...(responseTypes.some((type) => type !== 'code') ? (['id-token-in-browser'] as const) : []),
    ...(authUndecided ? (['undecided'] as const) : []),
  ];
}

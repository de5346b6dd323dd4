import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config/config.ts';
import type { Access } from '../../domain/access/access.ts';
import type { Accounts } from '../../domain/accounts/accounts.ts';
import type { ApiKeys } from '../../domain/api-keys/api-keys.ts';
import type { Attributes } from '../../domain/attributes/attributes.ts';
import type { Audit } from '../../domain/audit/audit.ts';
import type { Clients } from '../../domain/clients/clients.ts';
import type { CookieRing } from '../../domain/data-keys/data-keys.ts';
import type { Deliveries } from '../../domain/deliveries/deliveries.ts';
import type { Directory } from '../../domain/directory/directory.ts';
import type { Groups } from '../../domain/groups/groups.ts';
import type { KeyUses } from '../../domain/key-uses/key-uses.ts';
import type { Keys } from '../../domain/keys/keys.ts';
import type { Readiness } from '../../domain/readiness/readiness.ts';
import type { Sessions } from '../../domain/sessions/sessions.ts';
import type { Throttles } from '../../domain/throttles/throttles.ts';
import type { Oidc } from '../../oidc/oidc.ts';

/** The rooms behind the API; every operation takes those it needs. */
export type ApiDependencies = {
  config: Pick<Config, 'issuer' | 'admin'>;
  clock: Clock;
  /** Handed to the audit room, which asks for it. */
  db: Parameters<Audit['list']>[0];
  access: Access;
  accounts: Accounts;
  apiKeys: ApiKeys;
  attributes: Attributes;
  audit: Audit;
  clients: Clients;
  cookieKeys: CookieRing;
  deliveries: Deliveries;
  directory: Directory;
  groups: Groups;
  keys: Keys;
  keyUses: KeyUses;
  readiness: Pick<Readiness, 'of'>;
  sessions: Sessions;
  throttles: Throttles;
  oidc: Oidc;
};

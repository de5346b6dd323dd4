import type { Clock } from '../../base/clock.ts';
import type { PageOf, PageRequest } from '../../base/paging.ts';
import type { Config } from '../../config/config.ts';
import type { Access } from '../../domain/access/access.ts';
import type { Accounts } from '../../domain/accounts/accounts.ts';
import type { ApiKeys } from '../../domain/api-keys/api-keys.ts';
import type { Attributes } from '../../domain/attributes/attributes.ts';
import type { AuditEntry, AuditEvent, AuditFilters } from '../../domain/audit/audit.ts';
import type { Clients } from '../../domain/clients/clients.ts';
import type { CookieRing } from '../../domain/data-keys/data-keys.ts';
import type { Deliveries } from '../../domain/deliveries/deliveries.ts';
import type { Groups } from '../../domain/groups/groups.ts';
import type { KeyUses } from '../../domain/key-uses/key-uses.ts';
import type { Keys } from '../../domain/keys/keys.ts';
import type { Readiness } from '../../domain/readiness/readiness.ts';
import type { Rehearsals } from '../../domain/rehearsals/rehearsals.ts';
import type { Sessions } from '../../domain/sessions/sessions.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Csrf } from '../csrf.ts';
import type { SignOuts } from '../logout/logout.ts';
import type { Pages } from '../pages.ts';

/** The rooms that the pages of /admin show and change. */
export type AdminRooms = {
  accounts: Accounts;
  groups: Groups;
  attributes: Attributes;
  sessions: Sessions;
  deliveries: Deliveries;
  clients: Clients;
  apiKeys: ApiKeys;
  keys: Keys;
  keyUses: KeyUses;
  readiness: Pick<Readiness, 'of'>;
  rehearsals: Pick<Rehearsals, 'lastOf'>;
  access: Access;
  /** The audit log, newest first. */
  listEvents(page: PageRequest & AuditFilters): Promise<PageOf<AuditEvent>>;
};

/** What the pages of /admin are built from. */
export type AdminDependencies = AdminRooms & {
  config: Config;
  clock: Clock;
  csrf: Csrf;
  pages: Pages;
  oidc: Oidc;
  /** Seals the cookies of our own doors. */
  cookieKeys: CookieRing;
  signOuts: Pick<SignOuts, 'keep'>;
  recordEvent(entry: AuditEntry): Promise<void>;
};

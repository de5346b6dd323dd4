import type { Clock } from '../../base/clock.ts';
import type { PageOf, PageRequest } from '../../base/paging.ts';
import type { Config } from '../../config/config.ts';
import type { Access } from '../../domain/access/access.ts';
import type { Accounts } from '../../domain/accounts/accounts.ts';
import type { ApiKeys } from '../../domain/api-keys/api-keys.ts';
import type { AuditEvent, AuditFilters } from '../../domain/audit/audit.ts';
import type { Clients } from '../../domain/clients/clients.ts';
import type { CookieRing } from '../../domain/data-keys/data-keys.ts';
import type { Sessions } from '../../domain/sessions/sessions.ts';
import type { Oidc } from '../../oidc/oidc.ts';
import type { Csrf } from '../csrf.ts';
import type { SignOuts } from '../logout/logout.ts';
import type { Pages } from '../pages.ts';

/** What /account needs: the rooms that its page shows and changes, and what a door is made of. */
export type AccountDependencies = {
  config: Config;
  clock: Clock;
  csrf: Csrf;
  pages: Pages;
  oidc: Oidc;
  /** Seals the cookies of our own doors. */
  cookieKeys: CookieRing;
  signOuts: Pick<SignOuts, 'keep'>;
  accounts: Accounts;
  sessions: Sessions;
  apiKeys: ApiKeys;
  clients: Clients;
  access: Access;
  /** The audit log, newest first. */
  listEvents(page: PageRequest & AuditFilters): Promise<PageOf<AuditEvent>>;
};

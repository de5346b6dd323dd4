import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Durability } from '../base/durability.ts';
import type { Log } from '../base/log.ts';
import type { Outbound } from '../base/outbound.ts';
import type { Config } from '../config/config.ts';
import type { Access } from '../domain/access/access.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { AuditEntry } from '../domain/audit/audit.ts';
import type { Clients } from '../domain/clients/clients.ts';
import type { CookieRing } from '../domain/data-keys/data-keys.ts';
import type { Installation } from '../domain/installation/installation.ts';
import type { Keys } from '../domain/keys/keys.ts';
import type { Readiness } from '../domain/readiness/readiness.ts';
import type { Records } from '../domain/records/records.ts';
import type { Rehearsals } from '../domain/rehearsals/rehearsals.ts';
import type { Sessions } from '../domain/sessions/sessions.ts';
import type { Throttles } from '../domain/throttles/throttles.ts';
import type { RequestToken } from './code-flow.ts';
import type { EnginePages } from './pages.ts';

/** What of the configuration shapes the engine. */
export type OidcSettings = Pick<Config, 'issuer' | 'mode' | 'lifetimes' | 'resources' | 'throttle' | 'keys'>;

/** Who sent a request, as the http door found out; the engine must not read addresses from headers itself. */
export type Caller = { ip: string; requestId: string };

/** What the builder hands over. */
export type OidcServices = {
  settings: OidcSettings;
  durability: Durability;
  clock: Clock;
  log: Log;
  /** Writes an audit event on its own. */
  recordEvent(entry: AuditEntry): Promise<void>;
  accounts: Accounts;
  clients: Clients;
  access: Pick<Access, 'worthOf'>;
  installation: Installation;
  keys: Keys;
  readiness: Pick<Readiness, 'noteFetch' | 'noteIssued' | 'noteLife' | 'noteUse'>;
  records: Records;
  sessions: Pick<Sessions, 'signOut' | 'signOutOfAppIn'>;
  rehearsals: Pick<Rehearsals, 'version' | 'present' | 'acknowledge' | 'endExpired' | 'note' | 'pastKeys'>;
  throttles: Throttles;
  outbound: Pick<Outbound, 'get'>;
  /** Signs cookies. */
  cookieKeys: CookieRing;
  /** Makes DPoP nonces. */
  proofKey: KeyObject;
  pages: EnginePages;
  callerOf: (request: IncomingMessage) => Caller;
  /** Asks this server's own token endpoint. */
  requestToken: RequestToken;
};

/** What the parts of the engine share besides. */
export type OidcDependencies = OidcServices & {
  /** Full buckets of wrong client secrets and until when (epoch ms), so that right secrets cost no query. */
  fullBuckets: Map<string, number>;
};

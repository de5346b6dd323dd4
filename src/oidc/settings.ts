import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/db.ts';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Audit } from '../domain/audit/audit.ts';
import type { Clients } from '../domain/clients/clients.ts';
import type { Keys } from '../domain/keys/keys.ts';
import type { Records } from '../domain/records/records.ts';
import type { Throttles } from '../domain/throttles/throttles.ts';
import type { EnginePages } from './pages.ts';

/** What of the configuration shapes the engine. */
export type OidcSettings = Pick<Config, 'issuer' | 'mode' | 'lifetimes' | 'resources' | 'throttle'> & {
  /** The port in the cookie names of a plain http issuer: cookies ignore ports, two issuers on localhost collide. */
  port: number;
};

/** Who sent a request, as the http door found out; the engine must not read addresses from headers itself. */
export type Caller = { ip: string; requestId: string };

export type OidcDependencies = {
  settings: OidcSettings;
  db: Database;
  clock: Clock;
  log: Log;
  audit: Audit;
  accounts: Accounts;
  clients: Clients;
  keys: Keys;
  records: Records;
  throttles: Throttles;
  /** Signs cookies; makes DPoP nonces. */
  cookieKey: KeyObject;
  proofKey: KeyObject;
  pages: EnginePages;
  callerOf: (request: IncomingMessage) => Caller;
};

/** What the files of the room work with: the options that `app.ts` hands in, and the room's own password hashing. */
import type { KeyObject } from 'node:crypto';
import type { Origin } from '../../base/administered.ts';
import type { Clock } from '../../base/clock.ts';
import type { Database } from '../../db/db.ts';
import type { ApiKeys } from '../api-keys/api-keys.ts';
import type { Attributes } from '../attributes/attributes.ts';
import type { Audit, Circumstances } from '../audit/audit.ts';
import type { Groups } from '../groups/groups.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Throttles } from '../throttles/throttles.ts';
import type { ThrottleSettings } from './login-throttle.ts';
import type { PasswordSettings, Passwords } from './password.ts';

export type AccountsOptions = {
  db: Database;
  clock: Clock;
  audit: Audit;
  throttles: Throttles;
  groups: Pick<Groups, 'missing' | 'ensureIn'>;
  attributes: Pick<Attributes, 'listIn' | 'problems'>;
  sessions: Pick<Sessions, 'endAllIn'>;
  apiKeys: Pick<ApiKeys, 'revokeOfAccountIn'>;
  passwords: PasswordSettings;
  throttle: ThrottleSettings & { device: { rememberSeconds: number } };
  /** HMAC key for names in throttles, for known-device cookies and for the passwords that the file declares. */
  key: KeyObject;
  /** Names of the product and the place, which a password must not be made of. */
  contextWords: readonly string[];
  /** Groups whose members administer; set-up makes the first administrator a member of the first. */
  adminGroups: readonly string[];
  /** Groups whose members see the admin pages and change nothing. */
  readGroups?: readonly string[];
  /** How long a link works, in seconds. */
  links: { inviteSeconds: number; resetSeconds: number };
  /** Whether a group that is not there is made when an account names it: not in `serve`, where it is refused. */
  createsGroups?: boolean;
  /** Whether anybody may be a sample person by one click: `dev` alone. */
  picker?: boolean;
};

export type Services = Omit<AccountsOptions, 'passwords'> & { passwords: Passwords; minimumLength: number };

/** How a change that somebody makes to one row is to be made. */
export type OfVersion = Circumstances & { ifVersion?: number | undefined };
/** `exemptFromPolicy` and `origin` are for the samples of `dev`. */
export type Creation = Circumstances & { exemptFromPolicy?: boolean; origin?: Origin };

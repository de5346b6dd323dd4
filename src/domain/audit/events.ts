/**
 * The closed list of audit events and what each one says. A new event is one entry in `AuditDetails` and one in
 * event-names.ts; the compiler finds whoever leaves one out. Nothing secret goes in here: no passwords, hashes, codes,
 * tokens, cookies, and no user name as it was typed (people type passwords into that field).
 */
import type { Changed } from './changes.ts';

type Nothing = Record<string, never>;
type Fields = Record<string, unknown>;
/** What came of a failed sign-in; the person is told the same for the first four. */
export type SigninFailure = 'unknown' | 'wrong_password' | 'no_password' | 'disabled' | 'throttled' | 'busy';

/**
 * Why a session ended, wholly or for one app. `signed_out`: by the person, or by an app for the person; `switched`: somebody
 * else signed in in the same browser; `access_lost`: the person may not use that app any more; `restored`: a backup was put in
 * the place of the database.
 */
export const sessionEnds = [
  ...(['signed_out', 'switched', 'ended_by_owner', 'ended_by_admin', 'expired', 'account_disabled'] as const),
  ...(['account_deleted', 'password_changed', 'access_lost', 'restored'] as const),
] as const;
export type SessionEnd = (typeof sessionEnds)[number];

export type AuditDetails = {
  'signin.succeeded': { method: 'password' | 'picker'; knownDevice: boolean };
  /** `subject`: keyed digest of the name that was tried; `limit`: the limit that refused it, once per window. */
  'signin.failed': { reason: SigninFailure; subject: string; knownDevice: boolean; limit?: string };
  'signin.locked': { failures: number };
  'admin.signed_in': { role: 'admin' | 'auditor' };
  /** `sessions`: how many, where it was more than one. `signOutId`: the sign-out that apps were told of by it. */
  'session.ended': { reason: SessionEnd; sessions?: number; signOutId?: string };
  'consent.granted': { scopes: string[]; resources?: string[] };
  'consent.refused': { scopes: string[] };
  /** `client`: it gave a token back, and with it go the others of that grant (RFC 7009 §2.1). */
  'grant.revoked': { by: 'owner' | 'admin' | 'client'; scopes?: string[] };
  /** A person who may not use the client tried to; `groups`: those it takes to be let in, none when nobody is. */
  'access.refused': { groups: string[] };
  /** `kinds`: what was issued, for example `access_token`. */
  'token.issued': { grantType: string; scopes: string[]; kinds: string[] };
  /** `error`: the OAuth error code (RFC 6749 §5.2). */
  'token.refused': { error: string; grantType?: string };
  'code.reuse': Nothing;
  'refresh_token.reuse': Nothing;
  'account.created': { username: string; origin?: string; after?: Fields };
  'account.updated': Changed;
  'account.deleted': { username: string };
  'account.disabled': Nothing;
  'account.enabled': Nothing;
  'account.password_changed': { how: 'own' | 'link' | 'operator' | 'file' };
  'account.link_issued': { purpose: 'invite' | 'reset' | 'setup'; expiresAt: number };
  'account.link_used': { purpose: 'invite' | 'reset' | 'setup' };
  /** Only where it was done on its own; the end of an account or a password says it already. */
  'account.tokens_ended': { sessions: number; grants: number };
  /** An operator opened what failed sign-ins had closed. */
  'account.unlocked': Nothing;
  /** Parameters before and after, for example `m=8,t=1,p=1`; never the hash. */
  'account.password_rehashed': { from: string; to: string };
  'group.created': { name: string; origin?: string; after?: Fields };
  'group.updated': { name: string } & Changed;
  /** `members`: how many left it by that. */
  'group.deleted': { name: string; before?: Fields; members?: number };
  'attribute.created': { name: string; origin?: string; after?: Fields };
  'attribute.updated': { name: string } & Changed;
  'attribute.deleted': { name: string; before?: Fields };
  'client.created': { origin: string; after?: Fields };
  'client.updated': Changed;
  'client.deleted': { origin?: string; before?: Fields };
  'client.disabled': Nothing;
  'client.enabled': Nothing;
  /** Every session in which it was used was ended; each has an event of its own. */
  'client.sessions_ended': { sessions: number; grants: number };
  /** `oldExpiresAt`: when the secret that it replaces ends. */
  'client.secret_added': { secretId: string; oldExpiresAt?: number };
  'client.secret_retired': { secretId: string };
  'client.registered': { redirectUri: string };
  'client.redirect_uri_added': { redirectUri: string };
  /** `secret`: the first secret presented is now the client's; `none`: it presented none and is public. */
  'client.secret_fixed': { method: 'secret' | 'none' };
  'api_key.created': { keyId: string; name: string; scopes: string[]; expiresAt: number };
  'api_key.revoked': { keyId: string; name?: string };
  /** The name and colours that the file declares; `after` without a value: the settings hold again. */
  'brand.updated': { before: Record<string, unknown>; after: Record<string, unknown> };
  'directory.applied': { added: number; changed: number; removed: number };
  'directory.exported': { withHashes: boolean };
  'record.unreadable': { table: string; reason: string };
  /** The first of its algorithm. */
  'key.created': { kid: string; algorithm: string };
  /** The next key: from `activatesAt` (epoch ms) on it signs. `reason`: what whoever asked said, or `scheduled`. */
  'key.published': { kid: string; algorithm: string; activatesAt: number; reason?: string };
  /** `retired`: the key that it takes over from. `isEarly`: before it had been published for as long as it should. */
  'key.activated': { kid: string; algorithm: string; retired?: string; isEarly?: boolean; reason?: string };
  /** Its algorithm is not among the settings any more. */
  'key.retired': { kid: string; algorithm: string; reason: string };
  /** Its private part is erased. */
  'key.removed': { kid: string; algorithm: string; reason: string };
  /** Taken out as compromised. `state`: what it was; `successor`: what signs in its place. */
  'key.revoked': { kid: string; algorithm: string; state: string; successor?: string; reason?: string };
  'key.cookie_created': { keyId: string; reason?: string };
  /** A hostile key set is published, in `dev` and `testing`, until `endsAt` (epoch ms). */
  'key.rehearsal_started': { rehearsalId: string; variant: string; endsAt: number };
  /** `outcome`: how the client did, as far as it was seen by then. */
  'key.rehearsal_ended': { rehearsalId: string; variant: string; reason: 'ended' | 'time_limit'; outcome: string };
  'installation.sealed': Nothing;
  /** How many records and API keys ended by it; `keptSessions`: whether what is alive in both databases went on. */
  'installation.restored': { records: number; apiKeys: number; keptSessions: boolean };
  /** The secret was lost: what it had sealed is gone; how many signing keys and records went with it. */
  'installation.recovered': { keys: number; records: number };
  /** An app did not confirm that somebody is signed out, however often it was told. */
  'delivery.given_up': { deliveryId: string; attempts: number };
  /** Told again by hand: one, or all that matched, or all of a sign-out. */
  'delivery.replayed': { count: number; deliveryId?: string; signOutId?: string };
  'backup.made': { file: string };
  /** The data keys were sealed anew under another secret. */
  'secret.changed': { keys: number };
  'device.approved': { scopes: string[] };
  'device.refused': { scopes: string[] };
};

export type AuditEventName = keyof AuditDetails;

/**
 * The closed list of audit events and what each one says. A new event is one entry in `AuditDetails`; the
 * compiler finds whoever leaves a payload out. Nothing secret goes in here: no passwords, codes, tokens, cookies, and no
 * user name as it was typed (people type passwords into that field).
 */
type Nothing = Record<string, never>;

/** What came of a failed sign-in; the person is told the same for the first four. */
export type SigninFailure = 'unknown' | 'wrong_password' | 'no_password' | 'disabled' | 'throttled' | 'busy';

export type AuditDetails = {
  'signin.succeeded': { method: 'password' | 'picker'; knownDevice: boolean };
  /** `subject`: keyed digest of the name that was tried; `limit`: the limit that refused it, once per window. */
  'signin.failed': { reason: SigninFailure; subject: string; knownDevice: boolean; limit?: string };
  'signin.locked': { failures: number };
  /** `switched`: somebody else signed in in the same browser. */
  'session.ended': { reason: 'signed_out' | 'switched' };
  'consent.granted': { scopes: string[]; resources?: string[] };
  'consent.refused': { scopes: string[] };
  'code.reuse': Nothing;
  'refresh_token.reuse': Nothing;
  'account.created': { username: string };
  'account.disabled': Nothing;
  'account.enabled': Nothing;
  /** An operator opened what failed sign-ins had closed. */
  'account.unlocked': Nothing;
  /** Parameters before and after, for example `m=8,t=1,p=1`; never the hash. */
  'account.password_rehashed': { from: string; to: string };
  'client.created': { origin: string };
  'client.disabled': Nothing;
  'client.enabled': Nothing;
  'client.registered': { redirectUri: string };
  'client.redirect_uri_added': { redirectUri: string };
  /** `secret`: the first secret presented is now the client's; `none`: it presented none and is public. */
  'client.secret_fixed': { method: 'secret' | 'none' };
  'record.unreadable': { table: string; reason: string };
  'key.created': { kid: string; algorithm: string };
  'installation.sealed': Nothing;
  /** The data keys were sealed anew under another secret. */
  'secret.changed': { keys: number };
  'device.approved': { scopes: string[] };
  'device.refused': { scopes: string[] };
};

export type AuditEventName = keyof AuditDetails;

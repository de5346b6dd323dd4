/** What a session and a grant are to people: translations of what the engine keeps. Pure. */
import { isOwnClient } from '../../base/own-clients.ts';
import type { ToldApp } from '../deliveries/deliveries.ts';
import type { Held } from '../records/records.ts';

/**
 * Where somebody is signed in. `id` is a handle that stays while the session lives; it signs nobody in. Times are epoch ms;
 * `expiresAt` moves with use.
 */
export type SessionInfo = {
  id: string;
  accountId: string;
  startedAt: number;
  lastUsedAt?: number | undefined;
  expiresAt: number;
  ip?: string | undefined;
  userAgent?: string | undefined;
  clientIds: string[];
};

/** What an app may do for somebody. `isOffline`: also while nobody is signed in. Times are epoch ms. */
export type GrantInfo = {
  id: string;
  accountId: string;
  clientId: string;
  scopes: string[];
  createdAt?: number | undefined;
  expiresAt: number;
  isOffline: boolean;
};

/** Of the engine's session, what is read here; `usedAt`, `ip` and `userAgent` are ours (oidc/session-record.ts). */
type SessionPayload = {
  accountId?: string;
  loginTs?: number;
  usedAt?: number;
  ip?: string;
  userAgent?: string;
  authorizations?: Record<string, { grantId?: string; persistsLogout?: boolean; sid?: string }>;
};
type GrantPayload = {
  accountId?: string;
  clientId?: string;
  iat?: number;
  openid?: { scope?: string };
  resources?: Record<string, string>;
};

export function sessionOf({ handle, payload, expiresAt }: Held): SessionInfo {
  const session = payload as SessionPayload;
  const startedAt = (session.loginTs ?? 0) * 1000;
  return {
    id: handle,
    accountId: session.accountId ?? '',
    startedAt,
    lastUsedAt: Math.max(session.usedAt ?? 0, startedAt),
    expiresAt,
    ip: session.ip,
    userAgent: session.userAgent,
    clientIds: Object.entries(session.authorizations ?? {})
      .filter(([, { grantId }]) => grantId !== undefined)
      .map(([clientId]) => clientId),
  };
}

export function grantOf({ handle, payload, expiresAt }: Held): GrantInfo {
  const grant = payload as GrantPayload;
  const texts = [grant.openid?.scope ?? '', ...Object.values(grant.resources ?? {})];
  const scopes = [...new Set(texts.flatMap((text) => text.split(' ')).filter(Boolean))];
  return {
    id: handle,
    accountId: grant.accountId ?? '',
    clientId: grant.clientId ?? '',
    scopes,
    createdAt: grant.iat === undefined ? undefined : grant.iat * 1000,
    expiresAt,
    isOffline: scopes.includes('offline_access'),
  };
}

/**
 * The ids of the grants that apps (or that one) got in this session: all, or those that die with it (not those of
 * offline_access).
 */
export function grantIdsOf({ payload }: Held, which: 'all' | 'bound', clientId?: string): string[] {
  const all = Object.entries((payload as SessionPayload).authorizations ?? {});
  return all.flatMap(([id, { grantId, persistsLogout }]) => {
    const isAsked = (clientId === undefined || clientId === id) && !(which === 'bound' && persistsLogout);
    return grantId === undefined || !isAsked ? [] : [grantId];
  });
}

/** The apps that this session was used for, without Postern's own pages, which ask for the session itself. */
export const appsOf = ({ payload }: Held): ToldApp[] =>
  Object.entries((payload as SessionPayload).authorizations ?? {}).flatMap(([clientId, { grantId, sid }]) =>
    isOwnClient(clientId) || grantId === undefined ? [] : [{ clientId, sid }],
  );

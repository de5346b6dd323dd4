/** What a request says of its client, as a step of a rehearsal: tokens stand in it as digests. */
import { isIP } from 'node:net';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../base/ids.ts';
import type { StepDetail } from '../domain/rehearsals/rehearsals.ts';

type ClientStep = Extract<StepDetail, { clientId: string }>;
type Seen = { isPlayed: boolean; from: string };

/** Of an answered request; undefined for one that says nothing. */
export function stepOf(ctx: KoaContextWithOIDC, seen: Seen): ClientStep | undefined {
  const { route, client, params, entities } = ctx.oidc;
  const clientId = client?.clientId ?? '';
  const shown = (name: 'token' | 'id_token_hint') => mark(String(params?.[name] ?? ''));
  if (route === 'authorization' || route === 'pushed_authorization_request') return { kind: 'asked', clientId };
  if (route === 'end_session') return { kind: 'alive', by: 'sign-out', of: shown('id_token_hint'), clientId };
  if (ctx.status !== 200) return undefined;
  if (route === 'token') return tokenStep(ctx, clientId, seen);
  if (route === 'userinfo')
    return { kind: 'alive', by: 'userinfo', of: mark(entities.AccessToken?.jti ?? ''), clientId };
  if (route !== 'introspection') return undefined;
  // Whoever asks may be an API that got the token from the client.
  const { active, client_id: owner = '' } = ctx.body as { active?: boolean; client_id?: string };
  return active ? { kind: 'alive', by: 'introspection', of: shown('token'), clientId: owner } : undefined;
}

const kinds = ['access_token', 'refresh_token', 'id_token'] as const;

function tokenStep({ oidc, body }: KoaContextWithOIDC, clientId: string, { isPlayed, from }: Seen): ClientStep {
  const tokens = body as Partial<Record<(typeof kinds)[number], string>>;
  const presented = oidc.params?.refresh_token;
  return {
    kind: 'token',
    ...(typeof presented === 'string' && { of: mark(presented) }),
    issued: kinds.flatMap((kind) => (tokens[kind] === undefined ? [] : mark(tokens[kind]))),
    ...(tokens.id_token !== undefined && { kid: kidOf(tokens.id_token) }),
    ...{ isPlayed, from, clientId },
  };
}

/** An ID token that leaves through the browser. */
export const frontChannelStep = (idToken: string, clientId: string, isPlayed: boolean): ClientStep => ({
  ...{ kind: 'token', issued: [mark(idToken)], kid: kidOf(idToken), isPlayed, clientId },
});

/** Tells a token again, and nothing about it. */
const mark = (token: string): string => Buffer.from(digest(token), 'base64url').toString('hex').slice(0, 16);

/** A client on this machine may come from either of its addresses. */
export const addressOf = (ip: string): string =>
  ip === '::1' || (isIP(ip) === 4 && ip.startsWith('127.')) ? 'this machine' : ip;

const kidOf = (token: string): string => String(headerOf(token).kid ?? '');

/** Of a JWS that was made here (RFC 7515 §4); empty for anything else. */
export const headerOf = (token: string): { kid?: unknown; typ?: unknown; alg?: unknown } =>
  token.split('.').length === 3 ? partOf(token, 0) : {};
export const payloadOf = (token: string): object => partOf(token, 1);

const partOf = (token: string, index: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());

/** The pages that the engine asks for, in its own words; the http door draws them. Each returns a whole HTML document. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ToldApp } from '../domain/deliveries/deliveries.ts';

export type EngineClient = { clientId: string; clientName?: string; redirectUri?: string };

export type DeviceCodeFailure =
  | { kind: 'missing' | 'unknown' | 'expired' | 'used' }
  | { kind: 'throttled'; retryAfterSeconds: number };

export type EngineError = {
  /** OAuth error code and description; `detail` is for the log and for developers. */
  error: string;
  description: string;
  status: number;
  detail?: string;
  client?: EngineClient;
  received?: string[];
  expected?: readonly string[];
  /** A sign-out that could not be written: nobody was signed out. */
  isStillSignedIn?: boolean;
};

/**
 * What somebody was signed out of. `left`: of that client alone, the session goes on. `onward`: where the person goes next,
 * and whose address that is.
 */
export type KeptSignOut = {
  apps: readonly ToldApp[];
  left?: string | undefined;
  onward?: { url: string; clientId: string } | undefined;
};

export type EnginePages = {
  /** `apps`: what the session was used for; `client`: the one that asks. */
  signOut(
    ctx: KoaContextWithOIDC,
    page: { action: string; xsrf: string; accountId: string; apps: readonly ToldApp[]; client?: EngineClient },
  ): Promise<string>;
  /**
   * Keeps it in this browser for /logout/success; true when that page has to come before `onward`, because apps are told
   * on it. Never rejects: the person is signed out already.
   */
  keepSignOut(ctx: KoaContextWithOIDC, signOut: KeptSignOut): Promise<boolean>;
  /** The clients that this browser was signed out of a few minutes ago. */
  lastApps(ctx: KoaContextWithOIDC): readonly ToldApp[];
  /** `client`: it alone was left. `isSignedIn`, `apps`: the session that there is now, and what it is used for. */
  signedOut(
    ctx: KoaContextWithOIDC,
    page: { client?: EngineClient; isSignedIn: boolean; apps: readonly ToldApp[] },
  ): Promise<string>;
  /** The same-origin step between the sign-out form and the app (security.md finding 11). `isLeft`: it alone was left. */
  continueTo(ctx: KoaContextWithOIDC, page: { url: string; client?: EngineClient; isLeft: boolean }): string;
  deviceCode(
    ctx: KoaContextWithOIDC,
    page: { action: string; xsrf: string; userCode: string; failure?: DeviceCodeFailure },
  ): string;
  deviceConfirm(
    ctx: KoaContextWithOIDC,
    page: { action: string; xsrf: string; userCode: string; shownCode: string; client: EngineClient; address?: string },
  ): string;
  deviceDone(ctx: KoaContextWithOIDC, page: { client: EngineClient }): string;
  deviceRefused(ctx: KoaContextWithOIDC): string;
  error(ctx: KoaContextWithOIDC, page: EngineError): string;
};

/** The pages that the engine asks for, in its own words; the http door draws them. Each returns a whole HTML document. */
import type { KoaContextWithOIDC } from 'oidc-provider';

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
};

export type EnginePages = {
  signOut(
    ctx: KoaContextWithOIDC,
    page: { action: string; xsrf: string; accountId: string; client?: EngineClient },
  ): Promise<string>;
  signedOut(ctx: KoaContextWithOIDC, page: { client?: EngineClient }): string;
  /** The same-origin step between the sign-out form and the app (security.md finding 11). */
  continueTo(ctx: KoaContextWithOIDC, page: { url: string; client?: EngineClient }): string;
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

import { createHash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** A public document as it goes over the wire. */
export type PublicDocument = { body: Buffer; etag: string; cacheControl: string };
export type Documents = ReturnType<typeof createDocuments>;

export const keySetPath = '/jwks';
/** Where they are. */
export const publicDocumentPaths: ReadonlySet<string> = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  keySetPath,
]);

/**
 * Discovery and key set do not change within a generation: what the engine answered first is kept as bytes and served
 * from then on. Nothing may be cached outside where keys rotate at once, as in `dev` and `testing`.
 */
export function createDocuments(maxAgeSeconds: number) {
  const kept = new Map<string, PublicDocument>();
  const cacheControl = maxAgeSeconds > 0 ? `public, max-age=${maxAgeSeconds}` : 'no-cache';
  return {
    find: (path: string): PublicDocument | undefined => kept.get(path),
    /** Called after the engine has answered. */
    keep(ctx: KoaContextWithOIDC): void {
      if (!publicDocumentPaths.has(ctx.path) || ctx.status !== 200 || ctx.method !== 'GET') return;
      ctx.set('Cache-Control', cacheControl);
      const body = Buffer.from(JSON.stringify(ctx.body));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      ctx.set('ETag', etag);
      kept.set(ctx.path, { body, etag, cacheControl });
    },
  };
}

import { createHash } from 'node:crypto';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** A public document as it goes over the wire. */
export type PublicDocument = { body: Buffer; type: string; etag: string; cacheControl: string };
export type Documents = ReturnType<typeof createDocuments>;

export const keySetPath = '/jwks';
/** Where they are. */
export const publicDocumentPaths: ReadonlySet<string> = new Set([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  keySetPath,
]);

const jsonType = 'application/json; charset=utf-8';

/** What others may keep for so long; not at all where keys rotate at once, as in `dev` and `testing`. */
export function publicDocument(
  text: string,
  { type = jsonType, maxAgeSeconds }: { type?: string | undefined; maxAgeSeconds: number },
): PublicDocument {
  const body = Buffer.from(text);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type, etag, cacheControl: maxAgeSeconds > 0 ? `public, max-age=${maxAgeSeconds}` : 'no-cache' };
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';

/**
 * Discovery and key set do not change within a generation: what the engine answered first is kept as bytes and served
 * from then on.
 */
export function createDocuments(maxAgeSeconds: number) {
  const kept = new Map<string, PublicDocument>();
  return {
    find: (path: string): PublicDocument | undefined => kept.get(path),
    /** Called after the engine has answered. */
    keep(ctx: KoaContextWithOIDC): void {
      if (!publicDocumentPaths.has(ctx.path) || ctx.status !== 200 || !isRead(ctx.method)) return;
      const document = publicDocument(JSON.stringify(ctx.body), { maxAgeSeconds });
      ctx.set('Cache-Control', document.cacheControl);
      ctx.set('ETag', document.etag);
      kept.set(ctx.path, document);
    },
  };
}

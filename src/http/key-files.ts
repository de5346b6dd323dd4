/** /jwks/…: the published keys in the forms that gateways take, beside the key set, for as long as it may be kept. */
import { PosternError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import { keyFile, type PublicJwk, pemMap } from '../domain/keys/keys.ts';
import { type Oidc, type PublicDocument, publicDocument } from '../oidc/oidc.ts';
import { answerDocument } from './documents.ts';
import type { Route, RouteContext } from './routes.ts';

export type KeyFileDependencies = { config: Config; oidc: Pick<Oidc, 'noteServed' | 'publicKeys'> };

/** What is at /jwks/<name>, by its whole name. RFC 7468 names no media type; the one for PEM is what servers send. */
function filesOf(keys: readonly PublicJwk[], maxAgeSeconds: number): Map<string, PublicDocument> {
  const documentOf = (text: string, type?: string) => publicDocument(text, { type, maxAgeSeconds });
  return new Map([
    ['pem', documentOf(JSON.stringify(pemMap(keys)))],
    ...keys.flatMap((jwk) => [
      [`${jwk.kid}.pem`, documentOf(keyFile(jwk, 'pem'), 'application/x-pem-file')] as const,
      [`${jwk.kid}.json`, documentOf(keyFile(jwk, 'jwk'), 'application/jwk+json')] as const,
    ]),
  ]);
}

export function listKeyFileRoutes({ config, oidc }: KeyFileDependencies): Route[] {
  let made: { keys: readonly PublicJwk[]; files: Map<string, PublicDocument> } | undefined;

  function handle(ctx: RouteContext): void {
    const keys = oidc.publicKeys();
    if (made?.keys !== keys) made = { keys, files: filesOf(keys, config.keys.maxAgeSeconds) };
    const file = made.files.get(ctx.params.file ?? '');
    if (!file) throw new PosternError('not_found', 'No key of this name is published. See /jwks.');
    // As the key set itself is answered: byte by byte, past Koa.
    ctx.respond = false;
    ctx.res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    answerDocument(file, ctx.req, ctx.res);
    // Whoever takes all of them has taken the key set.
    if (ctx.params.file === 'pem') oidc.noteServed('/jwks', ctx.req);
  }
  return [{ method: 'GET', path: '/jwks/:file', needs: 'nobody', handle }];
}

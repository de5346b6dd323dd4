import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PublicDocument } from '../oidc/oidc.ts';

/**
 * Answers a public document, such as discovery and key set once the engine has made them: they are what everyone asks for.
 * False, with nothing done, for other methods, and where there is none (yet). Any origin may read them.
 */
export function answerDocument(
  document: PublicDocument | undefined,
  req: IncomingMessage,
  res: ServerResponse,
): boolean {
  if (!document || (req.method !== 'GET' && req.method !== 'HEAD')) return false;
  res.setHeader('Cache-Control', document.cacheControl);
  res.setHeader('ETag', document.etag);
  res.setHeader('Access-Control-Allow-Origin', '*');
  if (isKnown(req, document)) {
    res.statusCode = 304;
    res.end();
    return true;
  }
  res.statusCode = 200;
  res.setHeader('Content-Type', document.type);
  res.setHeader('Content-Length', document.body.length);
  res.end(req.method === 'HEAD' ? undefined : document.body);
  return true;
}

/** RFC 9110 §13.1.2: any of a list, compared weakly; a proxy that compresses makes a weak one of it. */
function isKnown({ headers }: IncomingMessage, { etag }: PublicDocument): boolean {
  const { 'if-none-match': known = '' } = headers;
  return known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

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
  if (req.headers['if-none-match'] === document.etag) {
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

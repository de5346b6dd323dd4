import type { IncomingMessage, ServerResponse } from 'node:http';

/** Ends a raw answer with plain text and a line's end; a HEAD request gets the headers alone. Headers already set stay. */
export function answerText(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  const body = Buffer.from(`${text}\n`);
  res.statusCode = status;
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', body.length);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** Tells the other side that this connection ends with this answer, where headers can still be set. */
export function endConnection(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}

import type { IncomingMessage } from 'node:http';
import { shown } from '../domain/receiver/receiver.ts';

const mostBytes = 64 * 1024;

/** The fields of a posted form, or how the request has to be answered instead. */
export type FormRequest = URLSearchParams | { status: 400 | 413 | 415; received: string; expected: string };

/** Reads an application/x-www-form-urlencoded body of at most 64 KiB. How long it may take is the server's limit. */
export async function readFormRequest(req: IncomingMessage): Promise<FormRequest> {
  const type = req.headers['content-type'];
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (!/^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-?8"?\s*)?$/i.test(type ?? '')) {
    const expected = 'the content type application/x-www-form-urlencoded';
    return { status: 415, received: type === undefined ? 'no content type' : shown(type), expected };
  }
  if (encoding !== 'identity') {
    return { status: 415, received: `the content encoding ${shown(encoding)}`, expected: 'none' };
  }
  const tooLarge = { status: 413, received: 'a larger body', expected: `at most ${mostBytes / 1024} KiB` } as const;
  if (Number(req.headers['content-length'] ?? 0) > mostBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // The stream must survive an early end: destroying it would cut the connection before the answer is written.
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > mostBytes) return tooLarge;
      chunks.push(chunk);
    }
  } catch {
    return { status: 400, received: 'a request that ended before its body was complete', expected: 'a whole form' };
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/**
 * One HTTP exchange with addresses that have been judged: a connection of its own, a request, an answer within its limits,
 * the end of the connection. It judges nothing, and leaves the time limit to the signal.
 */
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Judged } from './outbound-allow.ts';
import { answerTooLarge, type CallFacts } from './outbound-failures.ts';

export type Sent = { method: 'GET' | 'POST'; headers: Record<string, string>; body?: Buffer };

export type Received = {
  status: number;
  headers: IncomingHttpHeaders;
  /** As it came, never inflated. */
  body: Buffer;
  isTruncated: boolean;
};

/** Rejects with what Node has to say about a connection that failed, or when the signal ends it. */
export async function exchange(
  url: URL,
  facts: CallFacts,
  addresses: readonly Judged[],
  sent: Sent,
  signal: AbortSignal,
): Promise<Received> {
  const request = open(url, facts, addresses, sent, signal);
  const broken = breakOf(request);
  try {
    const response = await Promise.race([answerTo(request, sent.body), broken]);
    const read = await Promise.race([readBody(response, facts.maxBytes), broken]);
    if (read.isTruncated && !facts.truncate) throw answerTooLarge(facts);
    const { statusCode: status = 0, headers } = response;
    return { status, headers, ...read };
  } finally {
    request.destroy();
  }
}

/**
 * Connects to the judged addresses and to no other: `lookup` hands them on, and where the host is an address no lookup
 * takes place. Every option that the environment could decide is given: agent (proxies), certificates, sizes.
 */
function open(
  url: URL,
  { target }: CallFacts,
  addresses: readonly Judged[],
  sent: Sent,
  signal: AbortSignal,
): ClientRequest {
  const isLiteral = isIP(target.host) > 0;
  const options: RequestOptions & { autoSelectFamily: boolean } = {
    method: sent.method,
    host: isLiteral ? addresses[0]?.address : target.host,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    agent: false,
    signal,
    autoSelectFamily: true,
    lookup: (_name, _options, done) => done(null, [...addresses]),
    maxHeaderSize: 16_384,
    headers: {
      ...sent.headers,
      host: url.host,
      connection: 'close',
      'accept-encoding': 'identity',
      'user-agent': 'Postern',
    },
  };
  if (url.protocol === 'http:') return httpRequest(options);
  const servername = isLiteral ? '' : target.host.replace(/\.$/, '');
  return httpsRequest({ ...options, servername, rejectUnauthorized: true });
}

/** Most 1xx messages before an answer; each is as large as headers may be. */
const maxInterim = 10;

/**
 * Rejects when the exchange breaks at any time, also in the middle of a body: what was wrong is told to the request, the
 * response only learns that it is over.
 */
function breakOf(request: ClientRequest): Promise<never> {
  return new Promise((_resolve, reject) => {
    let interim = 0;
    request.on('error', reject);
    request.on('information', () => {
      interim += 1;
      if (interim > maxInterim) request.destroy(Object.assign(new Error(), { code: 'HPE_HEADER_OVERFLOW' }));
    });
  });
}

/** Sends the request and waits for the headers of the answer. */
function answerTo(request: ClientRequest, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve) => {
    request.on('response', resolve);
    request.end(body);
  });
}

/** What headers and the frames of chunks may take beside a body, so that nobody sends it in a hundred thousand pieces. */
const maxFraming = 65_536;

/** At most `maxBytes`, in one piece of memory and without a queue. */
function readBody(response: IncomingMessage, maxBytes: number): Promise<{ body: Buffer; isTruncated: boolean }> {
  return new Promise((resolve, reject) => {
    const body = Buffer.alloc(maxBytes);
    let size = 0;
    const end = (isTruncated: boolean) => resolve({ body: Buffer.from(body.subarray(0, size)), isTruncated });
    response.on('data', (chunk: Buffer) => {
      const isTooLarge = size + chunk.length > maxBytes || response.socket.bytesRead > maxBytes + maxFraming;
      size += chunk.copy(body, size);
      if (!isTooLarge) return;
      end(true);
      // What Node has read already would still be handed out, piece by piece.
      response.destroy();
    });
    response.on('end', () => end(false));
    response.on('error', reject);
  });
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type ServerLimits = {
  headersTimeoutSeconds: number;
  requestTimeoutSeconds: number;
  keepAliveTimeoutSeconds: number;
  checkIntervalSeconds: number;
  maxHeaderBytes: number;
  maxRequestsPerSocket: number;
  /** For each address that is listened on. */
  maxConnections: number;
};

/** security.md e-3; Node's own defaults are far wider. */
export const defaultLimits: Readonly<ServerLimits> = {
  headersTimeoutSeconds: 10,
  requestTimeoutSeconds: 15,
  keepAliveTimeoutSeconds: 5,
  checkIntervalSeconds: 2,
  maxHeaderBytes: 16 * 1024,
  maxRequestsPerSocket: 1000,
  maxConnections: 2000,
};

/** The most headers a request may have; the guard refuses more. */
export const mostHeaders = 100;

/** A node server under these limits; it doesn't listen yet. */
export function createLimitedServer(
  onRequest: (req: IncomingMessage, res: ServerResponse) => void,
  limits: ServerLimits,
): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutSeconds * 1000,
      requestTimeout: limits.requestTimeoutSeconds * 1000,
      keepAliveTimeout: limits.keepAliveTimeoutSeconds * 1000,
      connectionsCheckingInterval: limits.checkIntervalSeconds * 1000,
      maxHeaderSize: limits.maxHeaderBytes,
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    onRequest,
  );
  // Node drops what is over this count in silence; one more than allowed lets the guard see it and refuse.
  server.maxHeadersCount = mostHeaders + 1;
  server.maxRequestsPerSocket = limits.maxRequestsPerSocket;
  server.maxConnections = limits.maxConnections;
  return server;
}

const clientErrors: Readonly<Record<string, [status: string, text: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'The request line and headers are too large; cookies count too.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
};

/** Answers on the bare socket what the parser refused (`code` of the error), and closes it. */
export function answerClientError(code: string, socket: Socket): void {
  const [status, text] = clientErrors[code] ?? ['400 Bad Request', 'The request is malformed.'];
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text.length + 1}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}\n`, () => socket.destroy());
}

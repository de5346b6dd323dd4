import type { Server, ServerResponse } from 'node:http';
import { endConnection } from './answer.ts';

const sweepMilliseconds = 50;

/**
 * Closes listening servers (security.md R22): no new connections, answers in flight finish for up to `seconds` and end
 * their connection, then what is left is cut. `drained` tells whether no answer was cut.
 */
export async function drain(servers: readonly Server[], inFlight: ReadonlySet<ServerResponse>, seconds: number) {
  for (const res of inFlight) endConnection(res);
  let drained = true;
  let wasEmpty = false;
  const cut = () => {
    for (const server of servers) server.closeAllConnections();
  };
  const deadline = setTimeout(() => {
    drained = inFlight.size === 0;
    cut();
  }, seconds * 1000);
  // Node waits even for sockets that never sent a request (browsers open some ahead), so those are cut as soon as two
  // looks in a row found nothing in flight: the first look may just precede a request that is on the wire.
  const sweep = setInterval(() => {
    for (const server of servers) server.closeIdleConnections();
    if (inFlight.size === 0 && wasEmpty) cut();
    wasEmpty = inFlight.size === 0;
  }, sweepMilliseconds);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  clearTimeout(deadline);
  clearInterval(sweep);
  return { drained };
}

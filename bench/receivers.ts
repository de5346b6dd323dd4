/**
 * A process of its own that plays apps: so many (argument 1) endpoints for logout tokens that confirm at once, and one that
 * takes every connection and answers nothing. Tells its ports by `ready`, and by `count` what it has confirmed since the last
 * question and when the first and the last of them came (epoch ms).
 */
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSilent } from 'node:net';

const counted = { confirmed: 0, firstAt: 0, lastAt: 0 };

const confirm: RequestListener = (req, res) => {
  let body = '';
  req.on('data', (chunk) => {
    body += chunk;
  });
  req.on('end', () => {
    const isNotice = req.method === 'POST' && body.startsWith('logout_token=ey');
    if (!isNotice) return res.writeHead(400).end();
    counted.lastAt = Date.now();
    counted.firstAt ||= counted.lastAt;
    counted.confirmed += 1;
    return res.writeHead(200, { 'content-length': 0 }).end();
  });
};

const dead = createSilent((socket) => socket.on('error', () => undefined).resume());
const apps = Array.from({ length: Number(process.argv[2]) }, () => createServer(confirm));
const ports = await Promise.all(
  [...apps, dead].map(
    (server) =>
      new Promise<number>((resolve) => {
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      }),
  ),
);
process.on('message', ({ ask }: { ask?: string }) => {
  if (ask !== 'count') return;
  process.send?.({ answer: 'count', ...counted });
  Object.assign(counted, { confirmed: 0, firstAt: 0, lastAt: 0 });
});
process.on('SIGTERM', () => process.exit(0));
process.send?.({ answer: 'ready', ports: ports.slice(0, -1), dead: ports.at(-1) });

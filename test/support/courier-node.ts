/**
 * A process of its own: a server that tells apps of sign-outs all the time, whoever has the lease by which one node at a time
 * does. What keeps two of them apart are the claims alone. Argument 1: flags of `postern dev`, as JSON. Ends by SIGTERM, and
 * says what came of its attempts.
 */
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';

const argv = JSON.parse(process.argv[2] ?? '[]') as string[];
const config = await loadConfig({ mode: 'dev', argv, env: process.env, file: false });
const app = await createApp({ ...config, logLevel: 'silent' });
await app.start();
let isEnding = false;
process.once('SIGTERM', () => {
  isEnding = true;
});
console.log('ready');
while (!isEnding) {
  await app.logout.deliverDue();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await app.logout.settled();
console.log(`told ${JSON.stringify(app.logout.counters())}`);
await app.stop();

/**
 * A process of its own beside servers, as a command is: `rotating.ts <algorithm> <count> <flags of dev …>`. Says "ready",
 * waits for SIGUSR2, asks for that many rotations at once and prints what each was answered, as JSON.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { openStore } from '../../src/app/store.ts';
import { createApp } from '../../src/app.ts';
import { isAlgorithm } from '../../src/base/algorithms.ts';
import { loadConfig } from '../../src/config/config.ts';

const [algorithm, count, ...argv] = process.argv.slice(2);
if (!isAlgorithm(algorithm)) throw new Error(`no algorithm: ${algorithm}`);
const config = await loadConfig({ mode: 'dev', argv, env: process.env });
const app = await createApp({ ...config, logLevel: 'silent' }, { store: await openStore(config, { server: false }) });
const told = once(process, 'SIGUSR2');
// A signal keeps no process alive.
const alive = setInterval(() => undefined, 1000);
writeSync(1, 'ready\n');
await told;
clearInterval(alive);
const asked = Array.from({ length: Number(count) }, () => app.keys.rotate(algorithm, { by: { type: 'operator' } }));
writeSync(1, `${JSON.stringify(await Promise.all(asked))}\n`);
await app.stop();

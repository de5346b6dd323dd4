/**
 * A process of its own: a server (flags of `postern dev` as JSON, argument 1) that kills itself at that place (argument 2)
 * of what it does once it got SIGUSR2, see killable.ts.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/app/store.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { killable } from './killable.ts';

const argv = JSON.parse(process.argv[2] ?? '[]') as string[];
const config = await loadConfig({ mode: 'dev', argv, env: process.env, file: false });
const store = await openStore(config);
const { db, arm } = killable(store.db, Number(process.argv[3]));
const app = await createApp({ ...config, logLevel: 'silent' }, { store: { ...store, db } });
await app.start();
process.once('SIGUSR2', () => {
  arm();
  writeSync(1, 'armed\n');
});
writeSync(1, 'ready\n');

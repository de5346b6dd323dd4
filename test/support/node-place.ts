/** Where nodes of one issuer run as processes of their own: on one SQLite file or one PostgreSQL, gone after the test. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { findFreePort } from '../../src/testing/free-port.ts';
import { startReceiver } from '../../src/testing/testing.ts';
import { startMoodyApp } from './moody-app.ts';
import { createTestDatabase } from './postgres.ts';
import { goodSecret, temporaryFolder } from './spawned.ts';

export type Kind = 'sqlite' | 'postgresql';
export type NodePlace = Awaited<ReturnType<typeof createNodePlace>>;

/** `isShared`: several processes at once, also on SQLite. */
export async function createNodePlace(kind: Kind, { isShared = false } = {}) {
  const folder = temporaryFolder();
  const server = kind === 'postgresql' ? await createTestDatabase() : undefined;
  if (server) onTestFinished(() => server.drop());
  const issuer = `http://localhost:${await findFreePort()}`;
  const env = { POSTERN_SECRET: goodSecret, ...(server && { POSTERN_DATABASE_URL: server.url }) };
  const shared = isShared && !server ? ['--shared-database'] : [];

  /** Flags of `postern dev`; the port is that of the issuer unless told. */
  const argvOf = (port = Number(new URL(issuer).port)): string[] => [
    ...['--issuer', issuer, '--host', '127.0.0.1', '--port', String(port), '--data', folder],
    ...shared,
  ];

  return {
    issuer,
    env,
    argvOf,
    /** For a connection of the test's own. */
    database: server
      ? ({ kind: 'postgresql', url: server.url } as const)
      : ({ kind: 'file', path: join(folder, 'dev.db') } as const),

    /** The services over the database in this process; it tells no app by itself. */
    async openServices() {
      const config = await loadConfig({ mode: 'dev', argv: argvOf(), env, file: false });
      const app = await createApp({ ...config, logLevel: 'silent' });
      onTestFinished(() => app.stop());
      return app;
    },

    /** An app with a real endpoint for logout tokens, and one in front of it that refuses, if so many are given. */
    async told(id: string, { mostRefusals }: { mostRefusals?: number } = {}) {
      const receiver = await startReceiver({ issuer, clientId: id });
      onTestFinished(receiver.stop);
      const front = await startMoodyApp(receiver.url, { mostRefusals: mostRefusals ?? 0 });
      onTestFinished(async () => void (await front.stop()));
      return { ...receiver, id, ...front };
    },
  };
}

/** The whole house over one database, without a server: a directory needs all of its rooms, and the engine's check. */
import { onTestFinished } from 'vitest';
import { createApp } from '../../../src/app.ts';
import type { Mode } from '../../../src/base/mode.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { DirectoryFile } from '../../../src/domain/directory/directory.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const secret = 'fixture-secret-that-seals-nothing-of-anybody-0123456789';
export const by = { by: { type: 'operator' } } as const;
export type House = Awaited<ReturnType<typeof openHouse>>;

/** In memory unless a database is handed in; stopped at the end of the test. */
export async function openHouse({
  mode = 'serve',
  open = databases[0]?.open,
}: {
  mode?: Mode;
  open?: (() => Promise<OpenedDatabase>) | undefined;
} = {}) {
  const opened = await (open as () => Promise<OpenedDatabase>)();
  // Closed by whoever opened it.
  const db = { ...opened.db, close: async () => {} };
  const config = await loadConfig({
    mode,
    ...{ env: {}, file: false },
    values: {
      ...(mode === 'serve' && { issuer: 'http://localhost:4999', secret: [secret] }),
      resources: [{ identifier: 'https://api.castle.example', scopes: ['read'], format: 'opaque' }],
      logLevel: 'silent',
    },
  });
  const app = await createApp(config, { store: { db, secrets: [secret], release() {} } });
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await app.stop();
    await opened.close();
  };
  onTestFinished(close);
  return {
    ...app,
    close,
    /** Parses and applies. */
    apply: (file: DirectoryFile, options?: Parameters<typeof app.directory.apply>[2]) =>
      app.directory.apply(app.directory.parse(file), by, options),
    plan: (file: DirectoryFile) => app.directory.plan(app.directory.parse(file)),
    /** Names of all events since the beginning, oldest first. */
    async events(): Promise<string[]> {
      const { items } = await app.audit.list(app.db, { limit: 1000 });
      return items.map(({ event }) => event).reverse();
    },
  };
}

/** `account + bob`, one text for each change of a plan. */
export const shown = ({ changes }: { changes: { kind: string; action: string; id: string }[] }): string[] =>
  changes.map(({ kind, action, id }) => `${action} ${kind} ${id}`);

/** A directory that uses every list; bob may open the shop, and root administers. */
export const file: DirectoryFile = {
  groups: [{ name: 'engineering', description: 'Builds things' }, { name: 'admins' }],
  attributes: [{ name: 'department', type: 'string' }],
  accounts: [
    { username: 'bob', name: 'Bob Brenner', groups: ['engineering'], attributes: { department: 'R&D' } },
    { username: 'root', groups: ['admins'], password: 'quiet lantern over the seven seas' },
  ],
  clients: [
    {
      ...{ id: 'shop', kind: 'web', redirectUris: ['https://shop.example/cb'], secretHashes: [] },
      ...{ access: ['engineering'], roles: { editor: ['engineering'] }, claims: [{ attribute: 'department' }] },
    },
  ],
  brand: { name: 'Castle', accent: '#0b6e4f' },
};

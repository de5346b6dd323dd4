/** What the flows need to know of a running server, and how each kind of server becomes one. */
import { type AddressInfo, createServer } from 'node:net';
import { type Child, startChild } from './child.ts';

export type Target = {
  name: string;
  port: number;
  /** The Host header: the issuer's authority. */
  host: string;
  child: Child;
  /** A new signed-in session with consent for the web client, as a Cookie header. */
  signIn(): Promise<string>;
};

/** Starts bare oidc-provider, on its raw SQLite adapter when a new database file is given. */
export async function startBare(name: string, databaseFile?: string): Promise<Target> {
  const child = startChild('bench/bare-server.ts', databaseFile === undefined ? [] : [databaseFile]);
  const { port } = (await child.next('ready')) as { port: number };
  return {
    name,
    port,
    host: `localhost:${port}`,
    child,
    signIn: async () => ((await child.ask('signIn')) as { cookie: string }).cookie,
  };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PosternError } from '../base/errors.ts';

export type Addresses = { hosts: readonly string[]; port: number };
export type Bound = { servers: Server[]; port: number; addresses: string[] };

const mostAttempts = 10;

/**
 * Binds a server from `create` to every host with the same port (0: a free one). An IPv6 loopback that the machine hasn't
 * got is left out when another host is there. Throws `unavailable` or `invalid` with what to do, and then holds no port.
 */
export async function bind(create: () => Server, { hosts, port }: Addresses): Promise<Bound> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bindAll(create, hosts, port);
    } catch (error) {
      // A port that is free on the first address may be taken on the second.
      if (port === 0 && codeOf(error) === 'EADDRINUSE' && attempt < mostAttempts) continue;
      throw translate(error, hosts, port);
    }
  }
}

async function bindAll(create: () => Server, hosts: readonly string[], port: number): Promise<Bound> {
  const bound: Bound = { servers: [], port, addresses: [] };
  for (const host of hosts) {
    const server = create();
    try {
      const { address, port: taken } = await bindOne(server, host, bound.port, hosts.length > 1);
      bound.servers.push(server);
      bound.addresses.push(address);
      bound.port = taken;
    } catch (error) {
      if (host === '::1' && hosts.length > 1 && isMissingAddress(error)) continue;
      await Promise.all(bound.servers.map((open) => new Promise((resolve) => open.close(resolve))));
      throw error;
    }
  }
  return bound;
}

function bindOne(server: Server, host: string, port: number, ipv6Only: boolean): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only }, () => {
      server.removeListener('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

function translate(error: unknown, hosts: readonly string[], port: number): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    const text = `Port ${port} is taken. Stop the other program or start with --port ${port < 65535 ? port + 1 : port - 1}.`;
    return new PosternError('unavailable', text, { cause: error, exitStatus: 75 });
  }
  if (code === 'EACCES') {
    const text = `Port ${port} may not be opened by this user. Start with a port above 1023, such as --port 4400.`;
    return new PosternError('unavailable', text, { cause: error, exitStatus: 77 });
  }
  if (isMissingAddress(error) || code === 'ENOTFOUND' || code === 'EINVAL') {
    const text = `This machine has no address ${hosts.join(' or ')}. Listen on 127.0.0.1, or on 0.0.0.0 for all addresses.`;
    return new PosternError('invalid', text, { cause: error, exitStatus: 78 });
  }
  return error;
}

function isMissingAddress(error: unknown): boolean {
  return codeOf(error) === 'EADDRNOTAVAIL' || codeOf(error) === 'EAFNOSUPPORT';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

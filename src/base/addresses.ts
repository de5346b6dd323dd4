/** Which hosts are this machine itself. Pure: no name is looked up. */
import { BlockList, isIP } from 'node:net';

/** The names under which RFC 8252 §7.3 lets a native app listen on any port, as URLs write them. */
export const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** True for hosts that never leave the machine: localhost and its subdomains, 127.0.0.0/8, ::1 with brackets or without. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const address = host.startsWith('[') ? host.slice(1, -1) : host;
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

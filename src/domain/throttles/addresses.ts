import ipaddr from 'ipaddr.js';

/**
 * The part of an address that one subscriber holds: an IPv4 address itself, the /64 of an IPv6 address. A mapped address
 * (`::ffff:1.2.3.4`) is its IPv4 address, a zone is dropped. Anything else is `unknown`: one bucket for all of it.
 */
export function addressPrefix(ip: string): string {
  const address = parse(ip);
  if (!address) return 'unknown';
  return address.kind() === 'ipv4' ? address.toString() : prefixOf(address, 64);
}

/** The /48 of an IPv6 address (one customer of many providers, with 65,536 networks); undefined for anything else. */
export function addressNetwork(ip: string): string | undefined {
  const address = parse(ip);
  return address?.kind() === 'ipv6' ? prefixOf(address, 48) : undefined;
}

function parse(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const plain = ip.trim().replace(/%.*$/, '');
  return ipaddr.isValid(plain) ? ipaddr.process(plain) : undefined;
}

function prefixOf(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toNormalizedString()}/${bits}`)}/${bits}`;
}

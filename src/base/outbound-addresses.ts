/** What kind of address a call would reach, and what opens that kind. Pure: no name is looked up, nothing is connected. */
import ipaddr from 'ipaddr.js';
import { type Address, type AddressRange, liesIn, parseRange } from './addresses.ts';

/**
 * What opens a kind: `always` nothing needs to; `mode` dev and testing do, and an allow-list does; `name` an allow-list
 * does, by name or by address; `address` an allow-list does by address alone, so that whoever answers for a listed name
 * can't lead there; `never` nothing does.
 */
type Opener = 'always' | 'mode' | 'name' | 'address' | 'never';

const kinds = {
  public: { words: 'public address', opener: 'always' },
  loopback: { words: 'loopback address', opener: 'mode' },
  private: { words: 'private address', opener: 'mode' },
  shared: { words: 'carrier-grade NAT address', opener: 'name' },
  link_local: { words: 'link-local address', opener: 'address' },
  metadata: { words: 'cloud metadata address', opener: 'address' },
  translated: { words: 'translated or tunnelled address', opener: 'address' },
  reserved: { words: 'reserved address', opener: 'address' },
  multicast: { words: 'multicast or broadcast address', opener: 'never' },
  unspecified: { words: 'unspecified address', opener: 'never' },
} as const satisfies Record<string, { words: string; opener: Opener }>;

export type AddressKind = keyof typeof kinds;

/** The kind in words, without an article. */
export const kindWords = (kind: AddressKind): string => kinds[kind].words;
export const openerOf = (kind: AddressKind): Opener => kinds[kind].opener;

/** Where clouds hand out credentials, beyond 169.254.0.0/16: AWS, Google Cloud, Azure, Alibaba, Oracle. */
const metadata = ['fd00:ec2::254', 'fd20:ce::254', '168.63.129.16', '100.100.100.200', '192.0.0.192', '169.254.169.254']
  .map(parseRange)
  .filter((range) => range !== undefined);

/** RFC 4291 §2.4, as IANA has assigned it: whatever lies outside of 2000::/3 is no global unicast address. */
const globalUnicast = parseRange('2000::/3') as AddressRange;

/** Ranges as ipaddr.js names them; those that are missing here are reserved. */
const byRange: Record<string, AddressKind> = {
  unicast: 'public',
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  carrierGradeNat: 'shared',
  linkLocal: 'link_local',
  multicast: 'multicast',
  unspecified: 'unspecified',
  broadcast: 'multicast',
  '6to4': 'translated',
  teredo: 'translated',
  rfc6145: 'translated',
};

/** The kind of an address that `parseAddress` has read, so that a mapped IPv4 address is its IPv4 address. */
export function kindOf(address: Address): AddressKind {
  if (metadata.some((range) => liesIn(address, range))) return 'metadata';
  const range = address.range();
  // RFC 6052 §3.1: what an IPv6-only network makes of an IPv4 address; it is allowed for global ones alone.
  if (range === 'rfc6052') {
    const inner = wellKnownPrefix(address) ? kindOf(embedded(address)) : 'translated';
    return inner === 'public' ? 'public' : 'translated';
  }
  if (range === 'unicast' && address.kind() === 'ipv6' && !liesIn(address, globalUnicast)) {
    return liesIn(address, compatible) ? 'translated' : 'reserved';
  }
  return byRange[range] ?? 'reserved';
}

const nat64 = parseRange('64:ff9b::/96') as AddressRange;
/** RFC 4291 §2.5.5.1: the deprecated form ::192.0.2.1. */
const compatible = parseRange('::/96') as AddressRange;

const wellKnownPrefix = (address: Address) => liesIn(address, nat64);
const embedded = (address: Address) => new ipaddr.IPv4(address.toByteArray().slice(-4));

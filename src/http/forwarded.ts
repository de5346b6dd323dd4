import { type AddressRange, liesIn, parseAddress, parseRange } from '../base/addresses.ts';
import { PosternError } from '../base/errors.ts';

const mostHops = 50;

/** A set of address ranges, parsed once. Throws `invalid` with the places of all entries that are no address and no CIDR. */
export function createAddressList(entries: readonly string[]): (address: string) => boolean {
  const ranges: AddressRange[] = [];
  const fields: { path: string; message: string }[] = [];
  for (const [index, entry] of entries.entries()) {
    const range = parseRange(entry.trim());
    if (range) ranges.push(range);
    else
      fields.push({
        path: `trustProxy[${index}]`,
        message: `"${entry}" is neither an address nor a range such as 10.0.0.0/8`,
      });
  }
  if (fields.length > 0)
    throw new PosternError('invalid', 'The list of trusted proxies has entries that are no address.', { fields });
  return (address) => {
    const parsed = parseAddress(address);
    return parsed !== undefined && ranges.some((range) => liesIn(parsed, range));
  };
}

/**
 * The client's address behind trusted proxies: the right-most hop of X-Forwarded-For that is not trusted itself.
 * The peer, when it isn't trusted or an entry on the way is no address; the farthest hop seen when all are trusted.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  if (forwardedFor === undefined || !isTrusted(peer)) return peer;
  let client = peer;
  for (const hop of forwardedFor.split(',').slice(-mostHops).reverse()) {
    const address = parseAddress(withoutPort(hop.trim()));
    if (!address) return peer;
    client = address.toString();
    if (!isTrusted(client)) return client;
  }
  return client;
}

/** Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop);
  if (bracketed) return bracketed[1] ?? '';
  return /^[^:]+:\d+$/.test(hop) ? hop.slice(0, hop.indexOf(':')) : hop;
}

/** A header (in lower case) by which a proxy speaks for another hop. */
export const isForwardedHeader = (name: string): boolean =>
  name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-');

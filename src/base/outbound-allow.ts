/** Which addresses an outgoing call may reach: by what the mode opens, and by the list of the administrator. Pure. */
import { domainToASCII } from 'node:url';
import { type Address, type AddressRange, liesIn, parseAddress, parseRange } from './addresses.ts';
import { PosternError } from './errors.ts';
import { type AddressKind, kindOf, openerOf } from './outbound-addresses.ts';

/** One entry of the list: a name or a range of addresses, on every port or on one. */
type Allowed = { name?: string; range?: AddressRange; port?: number };

/** Where a call goes: a host as a URL has it, without brackets, and the port. */
export type Target = { host: string; port: number };

/** What was found: the address in the one spelling that is connected to, its kind, and whether the call may go there. */
export type Judged = { address: string; family: 4 | 6; kind: AddressKind; isAllowed: boolean };

type AllowOptions = { allow: readonly string[]; isPrivateAllowed: boolean };

/**
 * The rules for one installation. The function that comes back judges an address that a target's name was resolved to (or
 * that the target is). With `isPublicOnly` neither mode nor list opens anything.
 * Throws `invalid` when an entry of the list can't be read.
 */
export function createRules({ allow, isPrivateAllowed }: AllowOptions) {
  const parsed = allow.map(parseAllowed);
  const fields = parsed.flatMap((entry, index) =>
    entry ? [] : [{ path: `outbound.allow[${index}]`, message: allowForm }],
  );
  if (fields.length > 0) {
    throw new PosternError('invalid', 'The list of allowed targets has entries that name none.', { fields });
  }
  const list = parsed.filter((entry) => entry !== undefined);

  function isOpen(address: Address, kind: AddressKind, target: Target): boolean {
    const opener = openerOf(kind);
    if (opener === 'never') return false;
    if (opener === 'mode' && isPrivateAllowed) return true;
    const matching = list.filter(({ port }) => port === undefined || port === target.port);
    if (matching.some(({ range }) => range && liesIn(address, range))) return true;
    return opener !== 'address' && matching.some(({ name }) => name === canonicalName(target.host));
  }

  return (text: string, target: Target, isPublicOnly: boolean): Judged => {
    const address = parseAddress(text);
    if (!address) return { address: text, family: 6, kind: 'reserved', isAllowed: false };
    const kind = kindOf(address);
    const family = address.kind() === 'ipv4' ? 4 : 6;
    const isAllowed = kind === 'public' || (!isPublicOnly && isOpen(address, kind, target));
    return { address: address.toString(), family, kind, isAllowed };
  };
}

export const allowForm =
  'must be a host name, an IP address or a network, the first two with or without a port: app.internal, app.internal:8443, 10.0.0.5, [fd00::5]:8080, 10.0.0.0/8';

/** Reads an entry; undefined when it is none. Names are exact: there is no pattern that stands for several. */
export function parseAllowed(entry: string): Allowed | undefined {
  const range = parseRange(entry);
  if (range) return { range };
  const [, host = '', digits] = /^(\[[^\]/]+\]|[^:[\]/?#\\@%\s]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (port === 0 || (port ?? 0) > 65_535) return undefined;
  const single = parseRange(/^\[([^\]]*:[^\]]*)\]$/.exec(host)?.[1] ?? host);
  if (single) return { range: single, port };
  const name = domainToASCII(canonicalName(host));
  return isName(name) ? { name, port } : undefined;
}

/** Names are compared without case and without the dot of the root. */
function canonicalName(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/** A name that a URL keeps as it is: `0x7f.1` and `10.1` are addresses in disguise. */
function isName(name: string): boolean {
  if (!/^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(name)) return false;
  return URL.canParse(`http://${name}`) && !parseAddress(new URL(`http://${name}`).hostname);
}

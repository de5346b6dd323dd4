import { describe, expect, it } from 'vitest';
import { clientAddress, createAddressList } from '../../src/http/forwarded.ts';

const isTrusted = createAddressList(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);

describe('K04 clientAddress', () => {
  const cases: [why: string, peer: string, forwarded: string | undefined, client: string][] = [
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
    ['a peer that is not listed', '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['one hop', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['a forged left part', '10.0.0.1', '1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['several listed hops', '10.0.0.1', '198.51.100.7, 10.0.0.3,10.0.0.2', '198.51.100.7'],
    ['listed hops alone: the farthest', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['garbage on the way', '10.0.0.1', '198.51.100.7, x, 10.0.0.2', '10.0.0.1'],
    ['garbage that is not reached', '10.0.0.1', 'x, 198.51.100.7', '198.51.100.7'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['short and octal forms', '10.0.0.1', '0177.1', '10.0.0.1'],
    ['a port', '10.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['IPv6 in one spelling', '10.0.0.1', '[2001:DB8:0:0::1]:4711', '2001:db8::1'],
    ['mapped IPv4', '10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['a zone', '10.0.0.1', 'fe80::1%eth0', '10.0.0.1'],
    ['an IPv6 proxy', 'fd00::5', '2001:db8::1', '2001:db8::1'],
    ['more than 50 listed hops: stops there', '10.0.0.1', `198.51.100.7${', 10.0.0.2'.repeat(60)}`, '10.0.0.2'],
  ];
  it.each(cases)('K04 %s', (_why, peer, forwarded, client) => {
    expect(clientAddress(peer, forwarded, isTrusted)).toBe(client);
  });
});

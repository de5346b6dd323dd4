import { describe, expect, it } from 'vitest';
import { addressNetwork, addressPrefix } from '../../../src/domain/throttles/throttles.ts';

describe('addressPrefix', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:0102:0304', '1.2.3.4'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['::1', '::/64'],
    ['', 'unknown'],
    ['not an address', 'unknown'],
  ])('E06 %s counts as %s', (ip, prefix) => {
    expect(addressPrefix(ip)).toBe(prefix);
  });

  it('E06 1 000 addresses of one /64 are one bucket', () => {
    const addresses = Array.from(
      { length: 1000 },
      (_, index) => `2001:db8:0:7:${index.toString(16)}::${index.toString(16)}`,
    );
    expect(new Set(addresses.map(addressPrefix))).toEqual(new Set(['2001:db8:0:7::/64']));
  });
});

describe('addressNetwork', () => {
  it('E06 is the /48 of an IPv6 address and nothing for any other', () => {
    expect(addressNetwork('2001:db8:1:ffff::1')).toBe('2001:db8:1::/48');
    expect(addressNetwork('1.2.3.4')).toBeUndefined();
    expect(addressNetwork('::ffff:1.2.3.4')).toBeUndefined();
    expect(addressNetwork('nonsense')).toBeUndefined();
  });
});

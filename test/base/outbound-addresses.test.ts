import { BlockList } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { liesIn, parseAddress, parseRange } from '../../src/base/addresses.ts';
import { type AddressKind, kindOf } from '../../src/base/outbound-addresses.ts';

const kind = (text: string) => {
  const address = parseAddress(text);
  return address && kindOf(address);
};

const kinds: [AddressKind, string[]][] = [
  [
    'public',
    ['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'],
  ],
  ['loopback', ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1']],
  [
    'private',
    ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.1', 'fc00::1', 'fdff::1', 'fec0::1'],
  ],
  ['shared', ['100.64.0.0', '100.127.255.255']],
  ['link_local', ['169.254.0.1', '169.254.170.2', 'fe80::1', 'febf::1', '::ffff:169.254.0.1']],
  [
    'metadata',
    ['169.254.169.254', '::ffff:a9fe:a9fe', '100.100.100.200', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'],
  ],
  [
    'translated',
    [
      '::7f00:1',
      '::808:808',
      '64:ff9b::a00:1',
      '64:ff9b::7f00:1',
      '64:ff9b:1::808:808',
      '2002:808:808::',
      '2001::1',
      '::ffff:0:808:808',
    ],
  ],
  [
    'reserved',
    [
      '192.0.0.1',
      '192.0.2.1',
      '192.88.99.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.1',
      '240.0.0.1',
      '2001:db8::1',
      '3fff::1',
      '100::1',
      '5f00::1',
      '4000::1',
      'e000::1',
      '2001:2::1',
      '2001:20::1',
    ],
  ],
  ['multicast', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1', '::ffff:224.0.0.1']],
  ['unspecified', ['0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0']],
];

it.each(kinds)('I05 %s addresses are known as such', (expected, addresses) => {
  expect(Object.fromEntries(addresses.map((address) => [address, kind(address)]))).toEqual(
    Object.fromEntries(addresses.map((address) => [address, expected])),
  );
});

describe('I05 a random address in a random spelling', () => {
  const number = (value: number) =>
    fc.constantFrom(
      String(value),
      `0x${value.toString(16)}`,
      `0X${value.toString(16).toUpperCase()}`,
      `0${value.toString(8)}`,
    );
  /** One to four parts; the last one holds the rest. */
  const spelling = (value: number) =>
    fc.integer({ min: 0, max: 3 }).chain((parts) => {
      const first = [24, 16, 8].slice(0, parts).map((shift) => (value >>> shift) & 255);
      const rest = parts === 0 ? value : value & (2 ** (32 - 8 * parts) - 1);
      return fc.tuple(...[...first, rest].map(number)).map((written) => written.join('.'));
    });
  const starts = [0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 255];
  const values = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc
      .tuple(fc.constantFrom(...starts), fc.integer({ min: 0, max: 2 ** 24 - 1 }))
      .map(([a, rest]) => a * 2 ** 24 + rest),
  );
  const metadata = ['168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'];

  it('IPv4: public is what ipaddr.js calls unicast', () => {
    const written = values.chain((value) => spelling(value).map((text) => ({ value, text })));
    fc.assert(
      fc.property(written, ({ value, text }) => {
        const { hostname } = new URL(`http://${text}/`);
        const plain = new ipaddr.IPv4([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
        expect(hostname).toBe(plain.toString());
        const isPublic = plain.range() === 'unicast' && !metadata.includes(plain.toString());
        expect(kind(hostname) === 'public').toBe(isPublic);
        const inner = `${((value >>> 16) & 0xffff).toString(16)}:${(value & 0xffff).toString(16)}`;
        for (const [prefix, isAlike] of [
          ['::ffff:', true],
          ['64:ff9b::', true],
          ['::', false],
          ['64:ff9b:1::', false],
        ] as const) {
          const mapped = new URL(`http://[${prefix}${inner}]/`).hostname.slice(1, -1);
          expect(kind(mapped) === 'public', mapped).toBe(isPublic && isAlike);
        }
      }),
      { numRuns: 500 },
    );
  });

  const firsts = [
    '2001',
    '2002',
    '2606',
    '2620',
    '3fff',
    '64',
    '100',
    'fe80',
    'fc00',
    'fd00',
    'fec0',
    'ff02',
    '5f00',
    '0',
    '4000',
  ];
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
  const sixes = fc
    .tuple(
      fc.oneof(group, fc.constantFrom(...firsts)),
      fc.array(fc.oneof(group, fc.constant('0')), { minLength: 7, maxLength: 7 }),
    )
    .map(([first, rest]) => [first, ...rest].join(':'));
  const spelled = (text: string) => [
    text,
    text.toUpperCase(),
    ipaddr.IPv6.parse(text).toString(),
    ipaddr.IPv6.parse(text).toNormalizedString(),
  ];

  it('IPv6: public is what ipaddr.js calls unicast within 2000::/3', () => {
    fc.assert(
      fc.property(sixes, (text) => {
        const plain = ipaddr.IPv6.parse(text);
        const isGlobal = plain.range() === 'unicast' && plain.match(ipaddr.IPv6.parse('2000::'), 3);
        for (const way of spelled(text)) {
          const hostname = new URL(`http://[${way}]/`).hostname.slice(1, -1);
          expect(kind(hostname) === 'public', way).toBe(isGlobal);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('lies in a network as Node sees it', () => {
    const four = values.map((value) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.'));
    const network = fc.oneof(
      fc.tuple(four, fc.integer({ min: 0, max: 32 })),
      fc.tuple(sixes, fc.integer({ min: 0, max: 128 })),
    );
    fc.assert(
      fc.property(network, fc.oneof(four, sixes), fc.boolean(), ([first, bits], other, isSame) => {
        const list = new BlockList();
        const family = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
        list.addSubnet(first, bits, family(first));
        const asked = isSame ? first : other;
        const [range, address] = [parseRange(`${first}/${bits}`), parseAddress(asked)];
        // A mapped address counts as IPv4 here.
        fc.pre(range !== undefined && address !== undefined && !/^(0:){5}ffff/.test(asked));
        fc.pre(family(first) === family(asked));
        expect(range && address && liesIn(address, range)).toBe(list.check(asked, family(asked)));
      }),
      { numRuns: 500 },
    );
  });
});

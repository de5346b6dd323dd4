/**
 * Tokens that nobody may take, made from one that would be taken: by their algorithm (J07), by what their header says about
 * keys (J08), by what it costs to read them (J11). Each has a name that says what is wrong with it.
 */
import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { CompactEncrypt, CompactSign, type JWTPayload } from 'jose';

export type Named = [name: string, token: string];

/** What a good token is made of; `listener` is an address that nothing may be fetched from. */
export type Good = {
  key: KeyObject;
  algorithm: 'RS256' | 'ES256';
  kid: string;
  typ: string;
  claims: JWTPayload;
  listener: string;
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inputOf = ({ kid, typ, claims }: Good, header: object): string =>
  `${encode({ typ, kid, ...header })}.${encode(claims)}`;

export const goodToken = (good: Good, header: object = {}, key = good.key): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(good.claims)))
    .setProtectedHeader({ alg: good.algorithm, typ: good.typ, kid: good.kid, ...header })
    .sign(key, { crit: { 'urn:unknown': true, exp: true } });

/** J07: another algorithm than the key's, or none. */
export async function confusedTokens(good: Good): Promise<Named[]> {
  const publicKey = createPublicKey(good.key);
  const jwk = publicKey.export({ format: 'jwk' });
  const secrets: [string, string | Buffer][] = [
    ['PEM', publicKey.export({ type: 'spki', format: 'pem' })],
    ['PEM without its last line break', publicKey.export({ type: 'spki', format: 'pem' }).toString().trim()],
    ['DER', publicKey.export({ type: 'spki', format: 'der' })],
    ['JWK', JSON.stringify(jwk)],
    ['JWK as published', JSON.stringify({ ...jwk, kid: good.kid, alg: good.algorithm, use: 'sig' })],
    ['modulus or point', jwk.n ?? jwk.x ?? ''],
    ['nothing', ''],
    ['the kid', good.kid],
  ];
  const macs = ['256', '384', '512'].flatMap((size) =>
    secrets.map(([name, secret]): Named => {
      const input = inputOf(good, { alg: `HS${size}` });
      const mac = createHmac(`sha${size}`, secret).update(input).digest('base64url');
      return [`HS${size} with the public key as its secret: ${name}`, `${input}.${mac}`];
    }),
  );
  const signature = (await goodToken(good)).split('.')[2];
  const unsigned = ['none', 'None', 'nOnE', 'NONE', '', null, undefined, ['none'], 'HS256', 'ES256K', 'RS1'].flatMap(
    (alg): Named[] => [
      [`alg ${JSON.stringify(alg)} without a signature`, `${inputOf(good, { alg })}.`],
      [`alg ${JSON.stringify(alg)} with the signature of a good one`, `${inputOf(good, { alg })}.${signature}`],
    ],
  );
  const related = good.algorithm === 'RS256' ? (['PS256', 'RS384', 'PS512'] as const) : [];
  const others = related.map(
    async (alg): Promise<Named> => [
      `${alg} by the right key`,
      await new CompactSign(Buffer.from(JSON.stringify(good.claims)))
        .setProtectedHeader({ alg, typ: good.typ, kid: good.kid })
        .sign(good.key),
    ],
  );
  return [...macs, ...unsigned, ...(await Promise.all(others))];
}

/** J08: signed by a stranger who brings the key along or says where to look for it; and headers that must be understood. */
export async function misleadingTokens(good: Good): Promise<Named[]> {
  const type = good.algorithm === 'RS256' ? (['rsa', { modulusLength: 2048 }] as const) : undefined;
  const stranger = type ? generateKeyPairSync(type[0], type[1]) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = stranger.publicKey.export({ format: 'jwk' });
  const { listener } = good;
  const headers: [string, object][] = [
    ['its own key', { jwk }],
    ['its own key under our kid', { jwk: { ...jwk, kid: good.kid, alg: good.algorithm } }],
    ['its own key and no kid', { jwk, kid: undefined }],
    ['jku', { jku: `${listener}/jwks` }],
    ['jku and a kid of its own', { jku: `${listener}/jwks`, kid: 'theirs' }],
    ['x5u', { x5u: `${listener}/certificate` }],
    ['x5c', { x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }],
    ['a kid that is a path', { kid: '../../../../../../dev/null' }],
    ['a kid that is an address', { kid: `${listener}/key` }],
    ['a kid that is SQL', { kid: "' UNION SELECT 'x' --" }],
    ['a kid that closes a statement', { kid: "x'; DROP TABLE keys; --" }],
    ['a kid with a null byte', { kid: `${good.kid}\0` }],
    ['a kid of an object', { kid: '__proto__' }],
    ['a kid that is no text', { kid: 7 }],
    ['a kid that is a list', { kid: [good.kid] }],
    ['a very long kid', { kid: 'x'.repeat(4000) }],
    ['no kid', { kid: undefined }],
  ];
  const strange = headers.map(
    async ([name, header]): Promise<Named> => [
      `a stranger's signature and ${name}`,
      await goodToken(good, header, stranger.privateKey),
    ],
  );
  const critical = [
    ['something unknown', { crit: ['urn:unknown'], 'urn:unknown': true }],
    ['a member that has its own rules', { crit: ['exp'], exp: 1 }],
  ] as const;
  const refused = critical.map(
    async ([name, header]): Promise<Named> => [`crit: ${name}`, await goodToken(good, header)],
  );
  const [, payload, signature] = (await goodToken(good)).split('.');
  const empty: Named = [
    'crit: nothing',
    `${encode({ alg: good.algorithm, kid: good.kid, crit: [] })}.${payload}.${signature}`,
  ];
  return [...(await Promise.all([...strange, ...refused])), empty];
}

/** J11: what is encrypted, and would take minutes or gigabytes to read. */
export async function expensiveTokens(good: Good): Promise<Named[]> {
  const part = Buffer.alloc(32).toString('base64url');
  const five = (header: object) => `${encode(header)}.${part}.${part.slice(0, 16)}.${part}.${part.slice(0, 22)}`;
  const slow = { enc: 'A128CBC-HS256', p2s: part, p2c: 2_000_000_000, kid: good.kid };
  const bomb = deflateRawSync(Buffer.alloc(50_000_000, 0x20));
  const encrypted =
    good.algorithm === 'RS256'
      ? await new CompactEncrypt(bomb.subarray(0, 40_000))
          .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A128GCM', kid: good.kid })
          .encrypt(createPublicKey(good.key))
      : five({ alg: 'ECDH-ES', enc: 'A128GCM', kid: good.kid });
  const [, ...rest] = encrypted.split('.');
  return [
    ['PBES2 with two thousand million rounds', five({ alg: 'PBES2-HS256+A128KW', ...slow })],
    ['PBES2 and zip', five({ alg: 'PBES2-HS512+A256KW', zip: 'DEF', ...slow })],
    ['PBES2 in a signature', `${encode({ alg: 'PBES2-HS256+A128KW', ...slow })}.${encode(good.claims)}.${part}`],
    [
      'a payload that inflates to 50 MB',
      [encode({ alg: 'RSA-OAEP', enc: 'A128GCM', zip: 'DEF', kid: good.kid }), ...rest].join('.'),
    ],
    ['encrypted to our own key', encrypted],
    ['dir', five({ alg: 'dir', enc: 'A128GCM' })],
    ['ten thousand parts', '.'.repeat(10_000)],
  ];
}

/** X.509 certificates for tests, made on the spot: an authority and what it signs. RFC 5280, with P-256 keys. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

type Issuer = { name: string; key: KeyObject };
type Wanted = { name: string; isAuthority?: boolean; notAfter?: Date; issuer?: Issuer };
export type Certificate = { cert: string; key: string; as: Issuer };

const aYear = 365 * 86_400_000;

/** A certificate for a DNS name; without an issuer it is signed by itself. Keys live in memory only. */
export function makeCertificate({ name, isAuthority = false, notAfter, issuer }: Wanted): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const until = notAfter ?? new Date(Date.now() + aYear);
  const from = new Date(until.getTime() - 2 * aYear);
  const serial = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 8);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    distinguishedName(issuer?.name ?? name),
    sequence(time(from), time(until)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(name, isAuthority))),
  );
  const signature = sign('sha256', body, issuer?.key ?? privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    as: { name, key: privateKey },
  };
}

/** Basic constraints, and the DNS name under which a certificate that is no authority is asked for. */
function extensions(name: string, isAuthority: boolean): Buffer[] {
  const constraints = isAuthority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence();
  const basic = sequence(oid('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, constraints));
  const names = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from(name)))));
  return isAuthority ? [basic] : [basic, names];
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const distinguishedName = (name: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
/** UTCTime: YYMMDDHHMMSSZ. */
const time = (date: Date) => der(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(2, 14)}Z`));

/** Public keys in the forms that gateways take. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { PublicJwk } from './generate.ts';

/** `pem`: SubjectPublicKeyInfo (RFC 7468 §13). `jwk`: RFC 7517. */
export type KeyFile = 'pem' | 'jwk';

/** The text of a file with one public key in it. */
export function keyFile(jwk: PublicJwk, form: KeyFile): string {
  return form === 'pem' ? pemOf(jwk) : `${JSON.stringify(jwk, undefined, 2)}\n`;
}

/** `kid` → PEM, as Google publishes its keys. */
export const pemMap = (keys: readonly PublicJwk[]): Record<string, string> =>
  Object.fromEntries(keys.map((jwk) => [jwk.kid, pemOf(jwk)]));

const pemOf = (jwk: PublicJwk): string =>
  createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();

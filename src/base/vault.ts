import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';
import { PosternError } from './errors.ts';

/**
 * AES-256-GCM at rest: 12 bytes random nonce, ciphertext, 16 bytes tag. Keys are KeyObjects throughout: on Node 24 a raw
 * buffer costs 8 µs more per call.
 */
const nonceBytes = 12;
const tagBytes = 16;
const poolBytes = 4096;
let pool = Buffer.alloc(0);
let used = 0;

/** 12 random bytes from a pool, so that sealing does not ask the kernel each time. */
function nonce(): Buffer {
  if (used + nonceBytes > pool.length) {
    pool = randomFillSync(Buffer.allocUnsafe(poolBytes));
    used = 0;
  }
  used += nonceBytes;
  return pool.subarray(used - nonceBytes, used);
}

/** Seals `plain`; only the same key together with the same `context` opens it again. */
export function seal(key: KeyObject, plain: Buffer | string, context: Buffer | string): Buffer {
  const iv = nonce();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(typeof context === 'string' ? Buffer.from(context) : context);
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  const rest = cipher.final();
  return Buffer.concat([iv, body, rest, cipher.getAuthTag()]);
}

/** Opens what `seal` made. Throws `internal` when the key or the context is another one, or a byte was changed. */
export function open(key: KeyObject, sealed: Buffer, context: Buffer | string): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw unreadable();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAAD(typeof context === 'string' ? Buffer.from(context) : context);
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
    const body = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
    const rest = decipher.final();
    return rest.length === 0 ? body : Buffer.concat([body, rest]);
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause?: unknown): PosternError {
  return new PosternError('internal', 'A sealed value could not be opened: it was changed, or moved to another row.', {
    cause,
  });
}

/** A 256-bit key for `purpose`, derived from `material` (HKDF-SHA-256, RFC 5869). */
export function deriveKey(material: KeyObject | Buffer | string, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', material as Buffer, '', `postern ${purpose}`, 32)));
}

import { createSecretKey, randomBytes } from 'node:crypto';
import { CompactSign, importJWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/base/clock.ts';
import type { Database } from '../../../src/db/db.ts';
import { createAudit } from '../../../src/domain/audit/audit.ts';
import { generateKey, thumbprint } from '../../../src/domain/keys/generate.ts';
import { createKeys, type SigningJwk, verifyToken } from '../../../src/domain/keys/keys.ts';
import { databases, type OpenedDatabase } from '../../support/databases.ts';

const clock = createManualClock();
const audit = createAudit({ clock });

describe.each(databases)('signing keys over $name', ({ open }) => {
  let opened: OpenedDatabase;
  let db: Database;
  beforeEach(async () => {
    opened = await open();
    db = opened.db;
  });
  afterEach(() => opened.close());
  const sealingKey = createSecretKey(randomBytes(32));
  const room = (key = sealingKey) => createKeys({ db, clock, audit, sealingKey: key });

  it('makes one RS256 and one ES256 key, once, however many nodes begin; RS256 comes first', async () => {
    await Promise.all([room().ensure(), room().ensure()]);
    await room().ensure();
    const set = await room().signingSet();
    expect(set.map((jwk) => jwk.alg)).toEqual(['RS256', 'ES256']);
    expect(set.every((jwk) => jwk.d !== undefined && jwk.use === 'sig' && jwk.kid === thumbprint(jwk))).toBe(true);
    const events = (await audit.list(db, { limit: 10, event: 'key.created' })).items;
    expect(events.map((event) => (event.detail as { kid: string }).kid).toSorted()).toEqual(
      set.map((jwk) => jwk.kid).toSorted(),
    );
  });

  it('N01 N02 stores no private part openly, and opens no key that was moved to another row', async () => {
    await room().ensure();
    const set = await room().signingSet();
    const rows = await db.all<{ kid: string; sealed_jwk: Buffer }>('SELECT kid, sealed_jwk FROM keys');
    for (const jwk of set) {
      const raw = Buffer.from(jwk.d as string, 'base64url');
      for (const row of rows) {
        for (const needle of [jwk.d as string, raw, raw.toString('hex'), raw.toString('base64')]) {
          expect(row.sealed_jwk.includes(needle)).toBe(false);
        }
      }
    }
    await expect(room(createSecretKey(randomBytes(32))).signingSet()).rejects.toThrow('could not be opened');
    const [one, two] = rows;
    await db.run('UPDATE keys SET sealed_jwk = ? WHERE kid = ?', [one?.sealed_jwk as Buffer, two?.kid as string]);
    await expect(room().signingSet()).rejects.toThrow('could not be opened');
  });
});

describe('verifyToken', () => {
  const sign = async (jwk: SigningJwk, header: Record<string, string> = {}) =>
    new CompactSign(Buffer.from('{"sub":"alice"}'))
      .setProtectedHeader({ alg: jwk.alg, kid: jwk.kid, ...header })
      .sign(await importJWK(jwk, jwk.alg));

  it('reads what a published key has signed, and nothing else', async () => {
    const [rsa, elliptic, stranger] = await Promise.all([
      generateKey('RS256'),
      generateKey('ES256'),
      generateKey('ES256'),
    ]);
    const keys = [rsa, elliptic];
    for (const jwk of keys) {
      expect(await verifyToken(await sign(jwk), keys)).toMatchObject({
        claims: { sub: 'alice' },
        header: { kid: jwk.kid },
      });
    }
    expect(await verifyToken(await sign(stranger), keys)).toBeUndefined();
    expect(await verifyToken(await sign(stranger, { kid: elliptic.kid }), keys)).toBeUndefined();
    const token = await sign(rsa);
    const [header, , signature] = token.split('.');
    const forged = `${header}.${Buffer.from('{"sub":"bob"}').toString('base64url')}.${signature}`;
    const unsigned = `${Buffer.from(`{"alg":"none","kid":"${rsa.kid}"}`).toString('base64url')}.${token.split('.')[1]}.`;
    for (const junk of [forged, unsigned, '', 'a.b.c', `${token}x`])
      expect(await verifyToken(junk, keys)).toBeUndefined();
  });
});

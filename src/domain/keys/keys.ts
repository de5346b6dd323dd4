/**
 * keys: the issuer's signing keys, one active per algorithm, made on first start and sealed at rest. Owns the table
 * `keys`. Does not know who signs with them.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import type { Clock } from '../../base/clock.ts';
import { open, seal } from '../../base/vault.ts';
import { fromJson, toJson } from '../../db/columns.ts';
import type { Database, Db } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import { type Algorithm, algorithms, generateKey, type SigningJwk } from './generate.ts';

export type { Algorithm, SigningJwk } from './generate.ts';

type KeysDependencies = { db: Database; clock: Clock; audit: Audit; sealingKey: KeyObject };
export type Keys = ReturnType<typeof createKeys>;

/** A signing key without its private part. Times are epoch ms. */
export type KeyInfo = {
  kid: string;
  algorithm: Algorithm;
  state: string;
  createdAt: number;
  activatedAt?: number | undefined;
};
type KeyRow = { kid: string; algorithm: Algorithm; state: string; sealed_jwk: Buffer };

export function createKeys({ db, clock, audit, sealingKey }: KeysDependencies) {
  const contextOf = (kid: string) => `keys|${kid}|jwk`;

  async function insert(tx: Db, jwk: SigningJwk): Promise<void> {
    const now = clock.now();
    await tx.run(
      'INSERT INTO keys (kid, algorithm, state, sealed_jwk, created_at, activated_at) VALUES (?, ?, ?, ?, ?, ?)',
      [jwk.kid, jwk.alg, 'active', seal(sealingKey, toJson(jwk), contextOf(jwk.kid)), now, now],
    );
    const detail = { kid: jwk.kid, algorithm: jwk.alg };
    await audit.record(tx, { actor: { type: 'system' }, event: 'key.created', detail });
  }

  return {
    /** Makes an active key for each algorithm that has none. Two nodes at once: one of them makes it. */
    async ensure(): Promise<void> {
      const present = await select(db);
      const missing = algorithms.filter((algorithm) => !present.some((row) => row.algorithm === algorithm));
      if (missing.length === 0) return;
      const made = await Promise.all(missing.map(generateKey));
      await db.transaction(async (tx) => {
        if (tx.dialect === 'postgresql') await tx.run('LOCK TABLE keys IN EXCLUSIVE MODE');
        const now = await select(tx);
        for (const jwk of made) if (!now.some((row) => row.algorithm === jwk.alg)) await insert(tx, jwk);
      });
    },

    /** All keys, without what signs; in the order of `signingSet`. */
    async list(): Promise<KeyInfo[]> {
      type Row = { kid: string; algorithm: Algorithm; state: string; created_at: number; activated_at: number | null };
      const rows = await db.all<Row>(
        'SELECT kid, algorithm, state, created_at, activated_at FROM keys ORDER BY algorithm DESC, created_at DESC, kid',
      );
      return rows.map(({ kid, algorithm, state, created_at: createdAt, activated_at: activatedAt }) => ({
        ...{ kid, algorithm, state, createdAt, activatedAt: activatedAt ?? undefined },
      }));
    },

    /** All published keys with their private parts; for each algorithm the first one signs. */
    async signingSet(): Promise<SigningJwk[]> {
      const rows = await select(db);
      return rows.map((row) => fromJson<SigningJwk>(open(sealingKey, row.sealed_jwk, contextOf(row.kid)).toString()));
    },
  };
}

type Verified = { header: { alg: string; kid?: string; typ?: string }; claims: Record<string, unknown> };

/** Checks a compact JWS (RFC 7515) against a set of published keys; undefined for one that none of them has signed. */
export async function verifyToken(token: string, keys: readonly SigningJwk[]): Promise<Verified | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(token, (header) => {
      const jwk = keys.find((candidate) => candidate.kid === header.kid && candidate.alg === header.alg);
      if (!jwk) throw new Error('unknown key');
      return publicKeyOf(jwk);
    });
    return { header: protectedHeader, claims: fromJson(new TextDecoder().decode(payload)) };
  } catch {
    return undefined;
  }
}

const publicKeys = new WeakMap<SigningJwk, KeyObject>();

function publicKeyOf(jwk: SigningJwk): KeyObject {
  const known = publicKeys.get(jwk);
  if (known) return known;
  const made = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  publicKeys.set(jwk, made);
  return made;
}

/** RS256 first: what a client gets that does not choose. */
function select(db: Db): Promise<KeyRow[]> {
  return db.all<KeyRow>(
    'SELECT kid, algorithm, state, sealed_jwk FROM keys ORDER BY algorithm DESC, created_at DESC, kid',
  );
}

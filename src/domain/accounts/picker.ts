/** One click to be a sample person. Nobody proves anything there, so it is off unless the room is told otherwise (`dev`). */

import type { KeyObject } from 'node:crypto';
import { PosternError } from '../../base/errors.ts';
import { canonicalName } from '../../base/names.ts';
import type { Database } from '../../db/db.ts';
import type { Audit } from '../audit/audit.ts';
import type { Account } from './account.ts';
import { sampleAccounts } from './samples.ts';
import { subjectOf } from './sign-in.ts';
import { findAccountByName } from './store.ts';

type PickCircumstances = { clientId: string; ip: string; requestId: string };

type Services = { db: Database; audit: Audit; key: KeyObject; picker?: boolean };

export function createPicker({ db, audit, key, picker = false }: Services) {
  /** The sample people that are there; somebody may have changed or removed them. None where there is no picker. */
  async function samples(): Promise<Account[]> {
    if (!picker) return [];
    const found = await Promise.all(
      sampleAccounts.map(({ username }) => findAccountByName(db, canonicalName(username))),
    );
    return found.flatMap((row) => (row ? [row.account] : []));
  }

  /**
   * The sample person of that user name, signed in without a password. Throws `invalid` when there is none, `forbidden`
   * when the account is disabled.
   */
  async function pick(username: string, circumstances: PickCircumstances): Promise<Account> {
    const account = (await samples()).find((sample) => sample.username === username);
    if (!account) {
      throw new PosternError('invalid', 'There is no sample person of that name. Use the name and password form.');
    }
    const about = { ...circumstances, actor: { type: 'anonymous' }, accountId: account.id } as const;
    if (account.disabled) {
      const detail = { reason: 'disabled', subject: subjectOf(key, account.id), knownDevice: false } as const;
      await audit.record(db, { ...about, event: 'signin.failed', detail });
      throw new PosternError('forbidden', 'This account is disabled. Choose another one.');
    }
    const detail = { method: 'picker', knownDevice: false } as const;
    const actor = { type: 'account', id: account.id } as const;
    await audit.record(db, { ...about, actor, event: 'signin.succeeded', detail });
    return account;
  }

  return { samples, pick };
}

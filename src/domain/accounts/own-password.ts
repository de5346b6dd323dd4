/** New passwords of accounts that are there: by the person (the current one is needed, E16), or by the operator. */
import { z } from 'zod';
import { refuseDeclared } from '../../base/administered.ts';
import { type FieldProblem, PosternError } from '../../base/errors.ts';
import type { Circumstances } from '../audit/audit.ts';
import { addressPrefix } from '../throttles/throttles.ts';
import { noSuchAccount, setPasswordIn } from './change.ts';
import { checkedInput, newPasswordProblems } from './check.ts';
import { readKnownDevice } from './known-device.ts';
import { createLoginThrottle, type Ticket } from './login-throttle.ts';
import type { Services } from './services.ts';
import { attemptOf, subjectOf } from './sign-in.ts';
import { type AccountWithPassword, findAccountWithPassword, replacePasswordHash } from './store.ts';

export type OwnPasswordChange = { current: string; password: string };
/** `keepUid`: the session it is done in, which does not end. `device`: the known-device cookie, whatever it is. */
export type OwnCircumstances = {
  ip: string;
  requestId?: string | undefined;
  keepUid?: string | undefined;
  device?: string | undefined;
};

const sentence = 'The password was not changed.';
const text = z.string({ error: 'is missing' });
const ownChange = z.strictObject({ current: text, password: text.min(1, 'is missing') });
const newPassword = z.strictObject({ password: text.min(1, 'is missing') });

/** The room's part about setting passwords. Functions begin their own transactions. */
export function createPasswordChanges(services: Services) {
  const { db, passwords } = services;
  const throttle = createLoginThrottle({ db, throttles: services.throttles, settings: services.throttle });

  return {
    /**
     * The person chooses another password; every other session ends (C08), and every grant that is not of this one. Throws
     * `invalid` with `current` among the fields when that is wrong, which counts as a failed sign-in, `rate_limited`,
     * `unavailable`, and `not_found`.
     */
    async changeOwnPassword(id: string, change: OwnPasswordChange, own: OwnCircumstances): Promise<void> {
      const found = await findAccountWithPassword(db, id);
      if (!found || found.account.disabled) throw noSuchAccount();
      const deviceId = readKnownDevice(services.key, id, own.device ?? '', services.clock.now());
      const begun = await throttle.begin(
        attemptOf(services.key, { subject: subjectOf(services.key, id), ip: own.ip, deviceId }),
      );
      if ('refusal' in begun) {
        const { retryAfterSeconds } = begun.refusal;
        const message = 'Too many attempts with a wrong password. Wait a little, then try again.';
        throw new PosternError('rate_limited', message, { retryAfterSeconds });
      }
      const judged = { found, change, own, ticket: begun.ticket, isKnownDevice: deviceId !== undefined };
      await settle(services, judged, await judge(services, judged));
    },

    /**
     * Sets somebody's password, for the command line alone; everything that is signed in ends. Throws `forbidden` for
     * anybody else, `not_found`, `invalid`, and `conflict` for an account that the file declares.
     */
    async setPassword(id: string, password: string, circumstances: Circumstances): Promise<void> {
      if (circumstances.by.type !== 'operator') {
        const message = 'Nobody chooses a password for somebody else. Issue a link by which the person does.';
        throw new PosternError('forbidden', message);
      }
      const found = await findAccountWithPassword(db, id);
      if (!found) throw noSuchAccount();
      const { account } = found;
      refuseDeclared(account.username, account.origin, circumstances.source);
      await checkedInput(
        newPassword,
        { password },
        {
          sentence: 'This password cannot be used.',
          more: (raw) => newPasswordProblems(services, raw.password, account),
        },
      );
      const passwordHash = await passwords.hash(password);
      await db.transaction((tx) => setPasswordIn(services, tx, { id, passwordHash, how: 'operator' }, circumstances));
    },
  };
}

type Judged = {
  found: AccountWithPassword;
  change: OwnPasswordChange;
  own: OwnCircumstances;
  ticket: Ticket;
  /** Whether the cookie was issued for this account and has not ended. */
  isKnownDevice: boolean;
};

/** Writes the new password. When it can't be written, the try has not happened: the current one was right. */
async function settle(services: Services, { found, own, ticket }: Judged, passwordHash: string): Promise<void> {
  const { db } = services;
  const { id } = found.account;
  try {
    await db.transaction(async (tx) => {
      // Only over the password that was proven: another change may have come in between.
      if (!(await replacePasswordHash(tx, id, found.passwordHash ?? '', passwordHash))) throw changedMeanwhile();
      const by = { by: { type: 'account', id }, ip: own.ip, requestId: own.requestId } as const;
      await setPasswordIn(services, tx, { id, passwordHash, how: 'own', keepUid: own.keepUid }, by);
      await ticket.succeed(tx);
    });
  } catch (error) {
    await db.transaction((tx) => ticket.abandon(tx));
    throw error;
  }
}

/** The hash of the new password, when the current one is right and the new one good; every problem at once otherwise. */
async function judge(services: Services, judged: Judged): Promise<string> {
  const { found, change, own, ticket } = judged;
  const { db, passwords } = services;
  const isRight = await verifyCurrent(services, judged);
  const wrong: FieldProblem[] = isRight
    ? []
    : [{ path: 'current', message: 'is not your present password', reason: { kind: 'current' } }];
  try {
    await checkedInput(ownChange, change, {
      sentence,
      more: async (raw) => [...wrong, ...(await newPasswordProblems(services, raw.password, found.account))],
    });
    return await passwords.hash(change.password, addressPrefix(own.ip));
  } catch (error) {
    if (isRight) await db.transaction((tx) => ticket.abandon(tx));
    else await noteFailure(services, judged);
    throw error;
  }
}

/** When its turn never came, the try has not happened. */
async function verifyCurrent({ db, passwords }: Services, { found, change, own, ticket }: Judged): Promise<boolean> {
  const current = typeof change.current === 'string' ? change.current : '';
  try {
    return await passwords.verify(found.passwordHash, current, addressPrefix(own.ip));
  } catch (error) {
    await db.transaction((tx) => ticket.abandon(tx));
    throw error;
  }
}

async function noteFailure(
  { db, audit, key }: Services,
  { found: { account }, own, ticket, isKnownDevice }: Judged,
): Promise<void> {
  const from = { ip: own.ip, requestId: own.requestId };
  const about = { ...from, actor: { type: 'account', id: account.id }, accountId: account.id } as const;
  const subject = subjectOf(key, account.id);
  await db.transaction(async (tx) => {
    const failures = await ticket.fail(tx);
    const detail = { reason: 'wrong_password', subject, knownDevice: isKnownDevice } as const;
    await audit.record(tx, { ...about, event: 'signin.failed', detail });
    if (failures !== undefined) await audit.record(tx, { ...about, event: 'signin.locked', detail: { failures } });
  });
}

const changedMeanwhile = () =>
  new PosternError('conflict', 'The password was changed meanwhile. Sign in again with the new one.');

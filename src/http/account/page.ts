import type { Account } from '../../domain/accounts/accounts.ts';
import type { AuditEvent } from '../../domain/audit/audit.ts';
import type { SessionInfo } from '../../domain/sessions/sessions.ts';
import { createDoorPage, versionShown } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { Visit } from '../own-door.ts';
import { deviceOf } from '../user-agent.ts';
import type { OwnProfile, OwnSessionRow, OwnSignInRow } from '../views.ts';
import { ownApps } from './apps.ts';
import type { AccountDependencies } from './dependencies.ts';
import { languageChoices } from './languages.ts';

const lastSignIns = 10;

/** Draws /account; with a problem, it holds what was typed. */
export function createOwnPage(dependencies: AccountDependencies) {
  const { config, pages, sessions, access, apiKeys, listEvents } = dependencies;
  const page = createDoorPage(pages);

  return async function draw(visit: Visit, problem?: Problem): Promise<void> {
    const { account, session } = visit;
    const [signedIn, apps, events, role, endingKeys] = await Promise.all([
      sessions.listOfAccount(account.id),
      ownApps(dependencies, account.id),
      listEvents({ accountId: account.id, event: 'signin.', limit: lastSignIns }),
      access.adminRole(account.id),
      apiKeys.countOfAccount(account.id),
    ]);
    const here = sessions.handleOf(session.uid);
    page(
      visit,
      'account/account',
      {
        account: { username: account.username, name: account.name ?? account.username, email: account.email },
        mayAdminister: role !== undefined,
        profile: profileOf(account, visit),
        minimumLength: config.passwords.minimumLength,
        endingKeys,
        sessions: signedIn
          .map((info) => rowOf(info, here))
          .sort((one, other) => Number(other.isHere) - Number(one.isHere)),
        apps,
        signIns: events.items.map(signInOf),
        waitSeconds: problem?.retryAfterSeconds,
      },
      problem,
    );
  };
}

function profileOf(account: Account, visit: Visit): OwnProfile {
  const { form } = visit;
  const { given_name: givenName = '', family_name: familyName = '', locale = '' } = account.claims;
  const language = form.locale ?? locale;
  return {
    isDeclared: account.origin === 'file',
    version: versionShown(visit, account.version),
    name: form.name ?? account.name ?? '',
    givenName: form.given_name ?? givenName,
    familyName: form.family_name ?? familyName,
    language,
    languages: languageChoices(language),
  };
}

const rowOf = ({ id, userAgent, ip, startedAt, lastUsedAt }: SessionInfo, here: string): OwnSessionRow => ({
  ...{ id, ip, startedAt, lastUsedAt: lastUsedAt ?? startedAt, isHere: id === here },
  device: deviceOf(userAgent),
});

function signInOf(event: AuditEvent): OwnSignInRow {
  return { outcome: outcomeOf(event), at: event.at, ip: event.ip };
}

function outcomeOf({ event, detail }: AuditEvent): OwnSignInRow['outcome'] {
  if (event === 'signin.succeeded') return 'succeeded';
  if (event === 'signin.locked') return 'locked';
  const reason = 'reason' in detail ? detail.reason : undefined;
  if (reason === 'throttled') return 'throttled';
  return reason === 'busy' || reason === 'disabled' ? 'refused' : 'wrong';
}

/** /admin: the door through which people administer, and the table of its pages. */

import { causedBy } from '../../domain/audit/audit.ts';
import { cookieNames } from '../../oidc/oidc.ts';
import { createDoorPage } from '../door-page.ts';
import { createDoor, type DoorOptions } from '../own-door.ts';
import { createOwnSessions, createSealedCookie } from '../own-session.ts';
import type { Route } from '../routes.ts';
import { createAbsentPage } from './absent.ts';
import { accountPages } from './account.ts';
import { accountsPages } from './accounts.ts';
import { apiKeysPages } from './api-keys.ts';
import { attributesPages } from './attributes.ts';
import { auditPages } from './audit.ts';
import { clientPages } from './client.ts';
import { clientsPages } from './clients.ts';
import { deliveriesPages } from './deliveries.ts';
import { deliveryPages } from './delivery.ts';
import type { AdminDependencies } from './dependencies.ts';
import { groupsPages } from './groups.ts';
import { keyPages } from './key.ts';
import { keysPages } from './keys.ts';
import { overviewPages } from './overview.ts';
import { sessionsPages } from './sessions.ts';

export type { AdminDependencies } from './dependencies.ts';

const path = '/admin';
const keptSeconds = 900;

export function listAdminRoutes(dependencies: AdminDependencies): Route[] {
  const page = createDoorPage(dependencies.pages);
  const pages = [
    ...[overviewPages, accountsPages, accountPages, groupsPages, attributesPages, sessionsPages],
    ...[clientsPages, clientPages, auditPages, keysPages, keyPages, apiKeysPages],
    ...[deliveriesPages, deliveryPages],
  ];
  return createDoor(
    { ...doorOf(dependencies), absent: createAbsentPage(page) },
    pages.flatMap((pagesOf) => pagesOf(dependencies, page)),
  );
}

function doorOf(dependencies: AdminDependencies): DoorOptions {
  const { config, accounts, clock, csrf, pages, oidc, signOuts, cookieKeys: keys } = dependencies;
  const { idleSeconds, sessionSeconds, reauthSeconds } = config.admin;
  const secure = config.issuer.startsWith('https:');
  const names = cookieNames(config.issuer);
  const sealed = { path, secure, keys };
  const cookie = createSealedCookie({ ...sealed, name: names.admin, sameSite: 'strict' });
  return {
    ...{ name: 'admin', path, clock, csrf, pages, signOuts, reauthSeconds },
    sessions: createOwnSessions({
      ...{ cookie, clock, accounts, idleSeconds, sessionSeconds },
      sessionIsAlive: oidc.sessionIsAlive,
    }),
    signIn: oidc.ownSignIn({ clientId: 'postern-admin', callbackPath: `${path}/callback` }),
    // Lax: the answer comes from another page of ours, which a link from elsewhere may have begun.
    kept: createSealedCookie({ ...sealed, name: `${names.admin}-begun`, sameSite: 'lax', seconds: keptSeconds }),
    // Whoever comes back after the idle time is asked again, though the issuer's session lasts longer.
    newestSeconds: idleSeconds,
    roleOf: async (account) => dependencies.access.roleOf(account.groups),
    cameIn: (accountId, circumstances) => cameIn(dependencies, accountId, circumstances),
    endSession: (uid, accountId, circumstances) =>
      dependencies.sessions.end(dependencies.sessions.handleOf(uid), { accountId }, circumstances),
  };
}

const cameIn: (...about: [AdminDependencies, ...Parameters<DoorOptions['cameIn']>]) => Promise<void> = async (
  dependencies,
  accountId,
  circumstances,
) => {
  const { access, accounts, config, recordEvent } = dependencies;
  const role = access.roleOf((await accounts.find(accountId))?.groups ?? []);
  const about = { ...causedBy(circumstances), accountId, clientId: 'postern-admin' };
  if (role) await recordEvent({ ...about, event: 'admin.signed_in', detail: { role } });
  else {
    const groups = [...config.admin.groups, ...config.admin.readGroups];
    await recordEvent({ ...about, event: 'access.refused', detail: { groups } });
  }
};

/** /account: the door through which people look after their own account, and the table of its routes. */
import { cookieNames } from '../../oidc/oidc.ts';
import { createDoor, type DoorOptions } from '../own-door.ts';
import { createOwnSessions, createSealedCookie } from '../own-session.ts';
import type { Route } from '../routes.ts';
import type { AccountDependencies } from './dependencies.ts';
import { ownRoutes } from './own.ts';

const path = '/account';
const keptSeconds = 900;

export function listAccountRoutes(dependencies: AccountDependencies): Route[] {
  return createDoor(doorOf(dependencies), ownRoutes(dependencies));
}

/** Its session lasts as long as the issuer's: whoever is signed in to apps is signed in here. */
function doorOf(dependencies: AccountDependencies) {
  const { config, clock, csrf, pages, oidc, accounts, sessions, signOuts, cookieKeys: keys } = dependencies;
  const names = cookieNames(config.issuer);
  const sealed = { path, secure: config.issuer.startsWith('https:'), keys, sameSite: 'lax' } as const;
  const cookie = createSealedCookie({ ...sealed, name: names.account });
  const options: DoorOptions = {
    ...{ name: 'account', path, clock, csrf, pages, signOuts, reauthSeconds: config.admin.reauthSeconds },
    sessions: createOwnSessions({ cookie, clock, accounts, sessionIsAlive: oidc.sessionIsAlive }),
    signIn: oidc.ownSignIn({ clientId: 'postern-account', callbackPath: `${path}/callback` }),
    kept: createSealedCookie({ ...sealed, name: `${names.account}-begun`, seconds: keptSeconds }),
    roleOf: async () => undefined,
    // The sign-in itself is in the log; that somebody looks at the own account is nothing to add.
    cameIn: async () => {},
    endSession: (uid, accountId, circumstances) => sessions.end(sessions.handleOf(uid), { accountId }, circumstances),
  };
  return options;
}

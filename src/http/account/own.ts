import type { AccountChange } from '../../domain/accounts/accounts.ts';
import type { AuditEventName } from '../../domain/audit/audit.ts';
import { exchangeOf } from '../context.ts';
import { readDeviceCookie } from '../device-cookie.ts';
import { versionOf } from '../door-page.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { chosenPassword } from '../password-fields.ts';
import { grantsOfApp } from './apps.ts';
import type { AccountDependencies } from './dependencies.ts';
import { createOwnPage } from './page.ts';

const path = '/account';

/** The one page of /account, and what a person does there: to the own account and to no other (M02). */
export function ownRoutes(dependencies: AccountDependencies): DoorRoute[] {
  const { accounts, sessions } = dependencies;
  const draw = createOwnPage(dependencies);
  const own = ({ account }: Visit) => ({ accountId: account.id });
  const act = (
    name: string,
    event: AuditEventName,
    done: string,
    work: (visit: Visit) => Promise<unknown>,
  ): DoorRoute => ({
    ...({ method: 'POST', path: `${path}/${name}`, needs: 'person', page: path, again: draw } as const),
    events: [event],
    async handle(visit) {
      await work(visit);
      visit.done(visit.page, done);
    },
  });
  const change = (visit: Visit) => changePassword(dependencies, visit);

  return [
    { method: 'GET', path, needs: 'person', handle: (visit) => draw(visit) },
    act('profile', 'account.updated', 'profile-saved', (visit) => {
      const ifVersion = versionOf(visit);
      return accounts.update(visit.account.id, profileOf(visit), { ...visit.circumstances, ifVersion });
    }),
    { ...act('password', 'account.password_changed', 'password-changed', change), fresh: true },
    act('sessions/end', 'session.ended', 'device-signed-out', (visit) =>
      sessions.end(visit.form.session ?? '', own(visit), visit.circumstances),
    ),
    act('sessions/end-others', 'account.tokens_ended', 'others-signed-out', ({ account, session, circumstances }) =>
      sessions.endOthers(account.id, session.uid, circumstances),
    ),
    act('grants/revoke', 'grant.revoked', 'app-removed', async (visit) => {
      for (const { id } of await grantsOfApp(dependencies, visit.account.id, visit.form.grant ?? '')) {
        await sessions.revokeGrant(id, own(visit), visit.circumstances);
      }
    }),
  ];
}

/** What people may say about themselves; whatever else is in the form is not looked at (M03). A field left out stays. */
function profileOf({ form }: Visit): AccountChange {
  const said = (name: string) => (form[name] === undefined ? undefined : form[name].trim() || null);
  const claims = {
    given_name: said('given_name'),
    family_name: said('family_name'),
    locale: said('locale'),
  };
  return { name: said('name'), claims } as AccountChange;
}

/** Every other sign-in ends by it (C08). */
function changePassword({ accounts, config }: AccountDependencies, visit: Visit): Promise<void> {
  const { form, ctx, session, account } = visit;
  const { ip, id: requestId } = exchangeOf(ctx.req);
  const device = readDeviceCookie(config, ctx);
  const change = { current: form.current ?? '', password: chosenPassword(form) };
  return accounts.changeOwnPassword(account.id, change, { ip, requestId, device, keepUid: session.uid });
}

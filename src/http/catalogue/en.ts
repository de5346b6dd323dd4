/** English. Whole sentences; `{name}` is filled in and escaped; `strong` and `code` are the only markup. */
import { account } from './en/account.ts';
import { adminAccounts } from './en/admin-accounts.ts';
import { adminAudit } from './en/admin-audit.ts';
import { adminClients } from './en/admin-clients.ts';
import { adminDeliveries } from './en/admin-deliveries.ts';
import { adminEvents } from './en/admin-events.ts';
import { adminFrame } from './en/admin-frame.ts';
import { adminGroups } from './en/admin-groups.ts';
import { adminKeys } from './en/admin-keys.ts';
import { door } from './en/door.ts';
import { errors } from './en/errors.ts';
import { link } from './en/link.ts';
import { start } from './en/start.ts';

export const en = {
  ...account,
  ...link,
  ...adminFrame,
  ...adminAccounts,
  ...adminGroups,
  ...adminClients,
  ...adminDeliveries,
  ...adminAudit,
  ...adminKeys,
  ...adminEvents,
  ...door,
  ...errors,
  ...start,
};

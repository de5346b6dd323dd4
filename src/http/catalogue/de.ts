/** German, to "Sie". Each sentence stands for the English one of the same name. */
import { account } from './de/account.ts';
import { adminAccounts } from './de/admin-accounts.ts';
import { adminAudit } from './de/admin-audit.ts';
import { adminClients } from './de/admin-clients.ts';
import { adminDeliveries } from './de/admin-deliveries.ts';
import { adminEvents } from './de/admin-events.ts';
import { adminFrame } from './de/admin-frame.ts';
import { adminGroups } from './de/admin-groups.ts';
import { adminKeys } from './de/admin-keys.ts';
import { door } from './de/door.ts';
import { errors } from './de/errors.ts';
import { link } from './de/link.ts';
import { start } from './de/start.ts';
import type { en } from './en.ts';

export const de: Record<keyof typeof en, string> = {
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

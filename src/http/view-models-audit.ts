/** The models of /admin's pages about the audit log and API keys. Only types, as in view-models.ts. Times are epoch ms. */
import type { EventRow, Framed, PageLinks, PersonLink } from './view-models-admin.ts';

/** What is typed above the log; `from` and `to` are days, both included. */
export type AuditFields = {
  event: string;
  account: string;
  client: string;
  actor: string;
  ip: string;
  from: string;
  to: string;
};
/** `unknown`: nobody has this name. `event`: there is none of this name. `day`: not a date. `wide`: would read the whole log. */
export type AuditProblem = { path: keyof AuditFields; reason: 'unknown' | 'event' | 'day' | 'wide' };

type AuditModel = {
  /** The names of events by their first part. */
  groups: { kind: string; types: readonly string[] }[];
  fields: AuditFields;
  problems: AuditProblem[];
  /** `toldHref`: where it stands which apps were told of it. */
  rows: (EventRow & { id: string; requestId?: string; detail?: string; toldHref?: string })[];
  /** Where the same list is had as JSON Lines. */
  exportHref: string;
  links: PageLinks;
  /** 0: for ever. */
  keptDays: number;
};

export type ApiKeyRow = {
  id: string;
  name: string;
  scopes: string[];
  /** Who made it; absent for an operator. */
  person?: PersonLink;
  lastUsedAt?: number;
  endedAt: number;
  state: 'live' | 'expired' | 'revoked';
};
export type ApiKeyFields = { name: string; scopes: string[]; expiresInDays: string };

export type AuditViewModels = {
  'admin/audit': Framed<AuditModel>;
  'admin/api-keys': Framed<{ rows: ApiKeyRow[]; links: PageLinks }>;
  /** `scopes`: those there are. */
  'admin/api-key-new': Framed<{ fields: ApiKeyFields; scopes: readonly string[] }>;
  'admin/api-key-made': Framed<{ name: string; secret: string; expiresAt: number; address: string }>;
};

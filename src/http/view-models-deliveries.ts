/** The models of /admin's pages about deliveries. Only types, as in view-models.ts. Times are epoch ms. */
import type { SessionEnd } from '../domain/audit/audit.ts';
import type { DeliveryState, Refusal } from '../domain/deliveries/deliveries.ts';
import type { EventRow, Framed, PageLinks, PersonLink } from './view-models-admin.ts';

/**
 * `statusText`: what HTTP calls the status. `refusal`: what an answer means that is no confirmation. `summary`: of a problem,
 * what happened, in a few words.
 */
export type AttemptRow = {
  number: number;
  at: number;
  milliseconds: number;
  status?: number;
  statusText: string;
  refusal?: Refusal;
  problem?: string;
  summary?: string;
  answer: string;
};
/** `person`: who is signed out, or `accountId` alone when that account is gone. `client.href`: absent for one that is gone. */
export type DeliveryRow = {
  id: string;
  href: string;
  client: { id: string; name: string; href?: string };
  person?: PersonLink;
  accountId: string;
  reason: SessionEnd;
  createdAt: number;
  signOutHref: string;
  state: DeliveryState;
  attempts: number;
  /** While it waits: when it is tried next, unless that is just now (`isDue`). */
  dueAt?: number;
  isDue: boolean;
  last?: AttemptRow;
};
/** Who did something, as in EventRow. */
export type Doer = Pick<EventRow, 'who' | 'by' | 'kind'>;
/** Why an app could not be told: no address, it is gone, or it insists on a name of the session that there is none of. */
export type Untold = 'no-address' | 'browser-only' | 'gone' | 'no-session';

export type DeskFields = { state: string; client: string; account: string; signOut: string };
export type DeskProblem = { path: 'state' | 'account'; reason: 'state' | 'unknown' };
export type Pill = { state: DeliveryState | 'unconfirmed' | 'all'; count: number; href: string; isCurrent: boolean };

type DeliveriesModel = {
  fields: DeskFields;
  problems: DeskProblem[];
  pills: Pill[];
  rows: DeliveryRow[];
  /** The one sign-out that all of them are about, and how many of its apps have confirmed. */
  signOut?: { person?: PersonLink; accountId: string; reason: SessionEnd; doer: Doer; at: number };
  confirmed: number;
  total: number;
  /** How many of those that match can be told again. */
  open: number;
  /** Where those are that were given up; absent where they are what is shown, or there is none. */
  givenUp?: { count: number; href: string };
  links: PageLinks;
  /** How long an app is told again and again, in seconds, and for how many days it can be seen. */
  tellsSeconds: number;
  keptDays: number;
};
type DeliveryModel = {
  /** The list that this page was opened from. */
  list: string;
  delivery: Omit<DeliveryRow, 'last'> & { giveUpAt: number; settledAt?: number; sid?: string; doer: Doer };
  /** Where the app is told. */
  url?: string;
  untold?: Untold;
  /** The last first. */
  tries: AttemptRow[];
};

export type DeliveryViewModels = {
  'admin/deliveries': Framed<DeliveriesModel>;
  'admin/delivery': Framed<DeliveryModel>;
};

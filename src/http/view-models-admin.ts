/** The models of /admin's pages, and of what stands around them. Only types, as in view-models.ts. Times are epoch ms. */
import type { FieldProblem } from '../base/errors.ts';
import type { Device } from './user-agent.ts';

/** Who is signed in at a door of ours, and what the last form came to. `done`: a word of the catalogue's `done.…`. */
export type Frame = {
  /** The part of the door this page belongs to: the entry of the navigation. */
  at: string;
  account: { name: string; username: string };
  /** Whether this person may change something here; else forms are left out. */
  mayChange: boolean;
  csrf: string;
  /** Of this page's address, with the question mark: what its forms carry along. May be empty. */
  query: string;
  /** Where to sign in again before something is changed, when the sign-in is too old for that. */
  signInFirst?: string;
  done?: string;
  /** What was wrong with the form, in the room's words: in whole and by field. */
  problem?: { message: string; fields: FieldProblem[] };
  /** The problem is that somebody was faster: the address that shows what there is now. */
  loadAgain?: string;
};
/** Below a list: addresses of its first page and of the next one, where there is one. */
export type PageLinks = { first?: string; next?: string };
export type Framed<Model> = Model & { frame: Frame };

/** At a door of ours: signed in as somebody who may not do this (`role`), or the sign-in was given up. */
export type DoorRefusalModel = {
  reason: 'role' | 'cancelled';
  /** Addresses: to the door once more, and to it as somebody else. */
  again: string;
  switch: string;
  account?: { name: string; username: string };
};

/** Somebody as lists name them; `href` leads to their page. */
export type PersonLink = { name: string; username: string; href: string };
/**
 * `type`: the event again, when the catalogue has words for it. `who` did it, or `by`, an id, or what `kind` says alone.
 * `about`: the account, group, attribute or key, with its page while there is one; `clientHref`: that of the client.
 */
export type EventRow = {
  event: string;
  type?: string;
  at: number;
  who?: PersonLink;
  by?: string;
  kind: 'account' | 'client' | 'api_key' | 'operator' | 'system' | 'anonymous';
  about?: { name: string; href: string | undefined };
  clientId?: string;
  clientHref?: string;
  ip?: string;
};
/** Where somebody is signed in. `clients` by name. `isHere`: the session of this very page. */
export type SessionRow = {
  id: string;
  person?: PersonLink;
  device: Device;
  ip?: string;
  startedAt: number;
  lastUsedAt: number;
  clients: string[];
  isHere: boolean;
};
export type GrantRow = {
  id: string;
  client: { id: string; name: string };
  scopes: string[];
  expiresAt: number;
  isOffline: boolean;
};

export type AccountState = 'ok' | 'disabled' | 'invited';
export type AccountRow = PersonLink & { email?: string; groups: string[]; state: AccountState };

export type ClaimKind = 'text' | 'url' | 'tel' | 'textarea' | 'check';
/** What is typed into the forms of an account, by the paths of the room's fields. */
export type AccountFields = {
  username: string;
  name: string;
  email: string;
  emailVerified: boolean;
  groups: { name: string; description?: string; checked: boolean }[];
  claims: { path: string; claim: string; kind: ClaimKind; value: string }[];
  attributes: { path: string; name: string; type: string; description?: string; value: string }[];
};

/** `givenUp`: how many sign-outs did not arrive at an app. */
type OverviewModel = {
  counts: { accounts: number; groups: number; clients: number };
  givenUp: number;
  administrators: (PersonLink & { state: AccountState })[];
  events: EventRow[];
};
type AccountsModel = {
  rows: AccountRow[];
  search: string;
  group: string;
  groups: string[];
  links: PageLinks;
};
type AccountModel = {
  /** The list that this page was opened from. */
  list: string;
  account: {
    id: string;
    username: string;
    name: string;
    state: AccountState;
    isDeclared: boolean;
    isSelf: boolean;
    hasPassword: boolean;
    createdAt: number;
    version: number;
  };
  fields: AccountFields;
  sessions: SessionRow[];
  grants: GrantRow[];
  apps: { clientId: string; name: string; allowed: boolean; by?: string; roles: string[] }[];
  events: EventRow[];
};
/** What can be read this once: a link by which somebody chooses a password, a key. `lasts` in seconds. */
type ShownOnceModel = {
  kind: 'invite' | 'reset';
  value: string;
  lastsSeconds: number;
  person: PersonLink;
};
type GroupModel = {
  /** Absent: one that is to be made. `membersHref`: the list of accounts in it. */
  group?: { name: string; isDeclared: boolean; version: number; members: number; membersHref: string };
  /** Where the form goes. */
  href: string;
  name: string;
  description: string;
  uses: { clientId: string; where: string }[];
};
type AttributeModel = {
  attribute?: { name: string; type: string; isDeclared: boolean; version: number; accounts: number };
  href: string;
  name: string;
  type: string;
  types: readonly string[];
  description: string;
  uses: { clientId: string; where: string }[];
};

/** `gone`: it is not there (any more); `unreadable`: its address can't mean anything. `list`: where to go on, named by `kind`. */
type AbsentModel = { reason: 'gone' | 'unreadable'; message: string; kind: string; list: string };

export type AdminViewModels = {
  'door/refused': DoorRefusalModel;
  'admin/absent': Framed<AbsentModel>;
  'admin/overview': Framed<OverviewModel>;
  'admin/accounts': Framed<AccountsModel>;
  'admin/account-new': Framed<{ fields: AccountFields }>;
  'admin/account': Framed<AccountModel>;
  'admin/shown-once': Framed<ShownOnceModel>;
  'admin/groups': Framed<{
    rows: { name: string; href: string; description?: string; members: number; isDeclared: boolean }[];
  }>;
  'admin/group': Framed<GroupModel>;
  'admin/attributes': Framed<{
    rows: { name: string; href: string; type: string; description?: string; isDeclared: boolean }[];
  }>;
  'admin/attribute': Framed<AttributeModel>;
  /** `client`: only those in which it was used. */
  'admin/sessions': Framed<{
    rows: SessionRow[];
    client: { name: string; href: string } | undefined;
    links: PageLinks;
  }>;
};

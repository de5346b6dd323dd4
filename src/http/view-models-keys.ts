/** The models of /admin's pages about keys. Only types, as in view-models.ts. Times are epoch ms, places per cent. */

import type { BreakKind, RemainsKind } from '../domain/key-uses/key-uses.ts';
import type { KeyState } from '../domain/keys/keys.ts';
import type { ReadinessState } from '../domain/readiness/readiness.ts';
import type { Framed } from './view-models-admin.ts';
import type { ClientLink } from './view-models-clients.ts';

/** `damaged`: its private part can't be opened. */
export type KeyLook = KeyState | 'revoked' | 'damaged';
/** `planned`: nothing of it has begun. */
type LaneBar = { kind: Exclude<KeyState, 'removed'> | 'planned'; x: number; width: number };
/** What an axis of time spans, and where on it now is. */
export type TimeAxis = { from: number; to: number; now: number };

/** A published key on the axis of time. */
export type KeyLane = {
  kid: string;
  algorithm: string;
  href: string;
  state: KeyLook;
  /** Which sentence says its life: by its state, or `never` for one that goes without having signed. */
  kind: Exclude<KeyState, 'removed'> | 'never';
  createdAt: number;
  /** Its time has come, and it waits for clients, at the latest until `signsAt`. */
  isWaiting: boolean;
  /** Since or from when it signs. */
  signsAt: number;
  /** Until when it signs, or did. */
  stopsAt: number;
  removesAt: number;
  /** When its successor is published, if that is what comes next. */
  nextAt?: number;
  /** It signs, but its algorithm was dropped from the settings. */
  isDropped: boolean;
  /** How many clients get ID tokens of its algorithm, where it signs or is to. */
  clients?: number;
  bars: LaneBar[];
};

export type ReadinessRow = {
  client: ClientLink;
  state: ReadinessState;
  /** How sure that is, and why. */
  kind: ReadinessState | 'fetched-pages' | 'perhaps-shared';
  fetchedAt?: number;
  aliveAt?: number;
  /** The first clients that may have been the one that fetched. */
  others: string[];
  /** How it did in the latest rehearsal of each variant; absent where none was played against it. */
  rehearsal?: { passed: number; of: number; failed: string[]; at: number };
};
export type ReadinessModel = {
  ready: number;
  total: number;
  idle: number;
  /** The least ready first. */
  rows: ReadinessRow[];
  /** How many rows are left out. */
  more: number;
  /** In `dev` and `testing`, where keys are rehearsed. */
  hasRehearsals: boolean;
  unattributed: { count: number; lastAt?: number };
  unseen: string[];
};

/** A key that is published and does not sign yet. `waitsUntil`: until when at most clients are waited for, `isWaiting`: by now. */
export type NextKey = {
  kid: string;
  algorithm: string;
  href: string;
  createdAt: number;
  activatesAt: number;
  waitsUntil?: number;
  isWaiting: boolean;
  maxAgeSeconds: number;
  readiness: ReadinessModel;
};

type KeysModel = {
  axis: TimeAxis;
  lanes: KeyLane[];
  next: NextKey[];
  /** Algorithms whose next key can be published, and how long before it signs. */
  choices: { algorithm: string; aheadSeconds: number }[];
  fields: { algorithm: string; reason: string };
  /** The key of cookies; `renewsAt`: when there is another by itself. */
  cookies: { createdAt: number; renewsAt: number; older: number };
  /** The last ones that were removed. */
  removed: { kid: string; algorithm: string; href: string; state: KeyLook; at: number }[];
  /** Of those that were removed, how many are not shown. */
  removedMore: number;
};

export type RevocationModel = {
  state: KeyState;
  /** What signs in its place. */
  kind: 'pending' | 'new' | 'nothing';
  next?: { kid: string; href: string; since: number };
  clients: ClientLink[];
  clientsMore: number;
  total: number;
  resources: string[];
  maxAgeSeconds: number;
  breaks: { kind: BreakKind }[];
  remains: { kind: RemainsKind }[];
  reason: string;
};

type KeyModel = {
  key: {
    kid: string;
    algorithm: string;
    href: string;
    state: KeyLook;
    createdAt: number;
    activatesAt?: number;
    waitsUntil?: number;
    activatedAt?: number;
    retiresAt?: number;
    retiredAt?: number;
    removesAt?: number;
    removedAt?: number;
  };
  /** Absent for one that is removed. */
  life?: { axis: TimeAxis; lane: KeyLane };
  next?: NextKey;
  /** Of one that signs: who uses it already. */
  readiness?: ReadinessModel;
  /** Its public part, where it is published. */
  files?: { pem: string; jwk: string; pemHref: string; jwkHref: string };
  /** Absent for one that is revoked. */
  revocation?: RevocationModel;
};

export type KeyViewModels = {
  'admin/keys': Framed<KeysModel>;
  'admin/key': Framed<KeyModel>;
};

/** The models of a person's own pages: /account and /link. Only types, as in view-models.ts. Times are epoch ms. */
import type { FieldProblem } from '../base/errors.ts';
import type { Device } from './user-agent.ts';
import type { Framed } from './view-models-admin.ts';

/** What people say about themselves. `isDeclared`: a file says it, so they can't change it here. */
export type OwnProfile = {
  isDeclared: boolean;
  version: number;
  name: string;
  givenName: string;
  familyName: string;
  /** A language tag (RFC 5646), or empty. */
  language: string;
  languages: { value: string; label: string }[];
};
export type OwnSessionRow = {
  id: string;
  device: Device;
  ip?: string;
  startedAt: number;
  lastUsedAt: number;
  isHere: boolean;
};
/** An app that may use the account; `id` is what takes it away again. */
export type OwnApp = { id: string; client: { id: string; name: string }; scopes: string[]; expiresAt: number };
/** `wrong`: another password; `throttled`: not checked, after too many; `locked`: closed to unknown devices for a while. */
export type OwnSignInRow = {
  outcome: 'succeeded' | 'wrong' | 'throttled' | 'locked' | 'refused';
  at: number;
  ip?: string;
};

type OwnAccountModel = {
  account: { username: string; name: string; email?: string };
  mayAdminister: boolean;
  profile: OwnProfile;
  /** Of a new password. */
  minimumLength: number;
  /** How many API keys end with the old one. */
  endingKeys: number;
  sessions: OwnSessionRow[];
  apps: OwnApp[];
  signIns: OwnSignInRow[];
  /** After too many tries: until the next one. */
  waitSeconds?: number;
};

/**
 * The page behind a link posts `csrf`, `password` and `repeat`; for `setup`, which makes the first administrator, also
 * `username` and `name`. `account` is whose password it is.
 */
export type LinkModel = {
  csrf: string;
  purpose: 'invite' | 'reset' | 'setup';
  account?: { name: string; username: string };
  username: string;
  name: string;
  minimumLength: number;
  /** How many API keys of the account end with the old password. */
  endingKeys: number;
  problem?: { message: string; fields: FieldProblem[] };
};

export type AccountViewModels = {
  'account/account': Framed<OwnAccountModel>;
  'link/password': LinkModel;
  /** The link does not work (any more). */
  'link/dead': Record<string, never>;
  /** `href`: where to sign in now. */
  'link/done': { isAdmin: boolean; href: string };
};

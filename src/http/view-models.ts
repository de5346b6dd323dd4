/**
 * The type map "view name → model", and what every page takes besides. Only types: what a door hands over, in the words
 * of the protocol; text, formats and figures are made from it by the templates.
 */
import type { Mode } from '../base/mode.ts';
import type { DeviceCodeFailure } from '../oidc/oidc.ts';
import type { Locale } from './catalogue.ts';
import type { AccountViewModels } from './view-models-account.ts';
import type { AdminViewModels } from './view-models-admin.ts';
import type { AuditViewModels } from './view-models-audit.ts';
import type { ClientViewModels } from './view-models-clients.ts';
import type { DeliveryViewModels } from './view-models-deliveries.ts';
import type { KeyViewModels } from './view-models-keys.ts';

export type * from './view-models-account.ts';
export type * from './view-models-admin.ts';
export type * from './view-models-audit.ts';
export type * from './view-models-clients.ts';
export type * from './view-models-deliveries.ts';
export type * from './view-models-keys.ts';

/** The team's name, colour and addresses for help; they appear on every page. */
export type Brand = { name: string; accent?: string; helpUrl?: string; privacyUrl?: string };

/** A client as a person sees it. `host` is where it lives or returns to ("localhost:3000"), `url` a page to go back to. */
export type App = { id: string; name: string; host?: string; url?: string };

/** A sample person of the dev picker and the start page. */
export type Person = { username: string; name: string; groups: string[]; disabled: boolean };

export type SignInError =
  | { kind: 'wrong' }
  | { kind: 'throttled'; retryAfterSeconds: number }
  | { kind: 'unavailable'; retryAfterSeconds: number };

/**
 * The page posts `csrf` and one of: `account` (picker), `username` and `password`, or `do=cancel`.
 * `notices` are for the developer: the client was registered on first use, got one more address, or came without PKCE.
 */
export type SignInModel = {
  action: string;
  csrf: string;
  client: App;
  people: Person[];
  username: string;
  error?: SignInError;
  notices: ('registered' | 'address-added' | 'pkce-missing')[];
};

/** One thing an app asks for: a scope, what stands behind it for this person ("mara@example.test"), and whose scope it is. */
export type Ask = { scope: string; value?: string; resource?: string };

/**
 * The page posts `csrf` and `do` = `allow`, `cancel` or `switch`. `returnsTo` is the host of the redirect URI (absent: device).
 * `unverified` marks a client that registered itself or that anyone could pose as; `firstParty` one that the team runs.
 */
export type ConsentModel = {
  action: string;
  csrf: string;
  client: App & { unverified?: boolean; firstParty?: boolean };
  account: { name: string; username: string };
  asks: Ask[];
  lastsSeconds: number;
  returnsTo?: string;
};

/** The page posts `csrf` and `do` = `switch` (be somebody else) or `cancel`. `isDevice`: there is no app to go back to. */
export type AccessModel = {
  action: string;
  csrf: string;
  client: App;
  account: { name: string; username: string };
  isDevice: boolean;
};

/** The same-origin page after a post (form-action covers the whole chain of redirects): it goes on to `url` by itself. */
export type ContinueModel = {
  reason: 'signed-in' | 'allowed' | 'cancelled' | 'no-access' | 'refused' | 'signed-out' | 'left' | 'elsewhere';
  url: string;
  app?: App;
  account?: { name: string; username: string };
};

/** An app that somebody is or was signed in to. `isTold`: it learns of the sign-out. */
export type LeftApp = App & { isTold: boolean };

/** An app that is told by a frame of the page, and the address that the frame opens. */
export type FrameModel = { name: string; url: string };

/**
 * Posts `xsrf`, and `logout=yes` unless only `client`, which is who asks, shall be left. `apps`: what the session is used
 * for. `stay`: where the link leads that changes nothing.
 */
type SignOutModel = {
  action: string;
  xsrf: string;
  client?: App;
  account: { name: string };
  apps: LeftApp[];
  stay: string;
};

/**
 * `out`: signed out, of these apps and `more` of them. `left`: still signed in, only `client` was left. `in`: signed in,
 * and nothing was ended.
 */
type SignedOutModel = {
  state: 'out' | 'left' | 'in';
  client?: App;
  apps: LeftApp[];
  more: number;
  frames: FrameModel[];
};

/**
 * Between a sign-out and an app, while others are told. `stay`: where the page waits, which else goes on after `seconds`.
 * `untold`: names of apps that are not told. `isLeft`: `app` alone was left.
 */
type GoingOnModel = {
  url: string;
  seconds: number;
  stay?: string;
  app?: App;
  isLeft: boolean;
  frames: FrameModel[];
  untold: string[];
};

/** Posts `xsrf` and `user_code`. */
type DeviceCodeModel = { action: string; xsrf: string; userCode: string; error?: DeviceCodeFailure };

/** Posts `xsrf`, `user_code`, and `confirm=yes` or `abort=yes`. `shownCode` is the code as the device shows it. */
type DeviceConfirmModel = {
  action: string;
  xsrf: string;
  userCode: string;
  shownCode: string;
  client: App;
  /** Where the device's request came from, as far as known. */
  address?: string;
};

/**
 * Who can mend it decides the kind. `app`: the app sent something wrong; `sign-out`: the same at sign-out;
 * `still-signed-in`: a sign-out could not be written, so that there was none; `expired`: this sign-in is over, was finished, or belongs to another browser; `form`: the form was not ours or is too old.
 */
export type ErrorKind =
  | 'app'
  | 'sign-out'
  | 'still-signed-in'
  | 'expired'
  | 'form'
  | 'invalid'
  | 'forbidden'
  | 'not-found'
  | 'busy'
  | 'unavailable'
  | 'internal';

export type ErrorProblem =
  | 'redirect_uri'
  | 'post_logout_redirect_uri'
  | 'client'
  | 'response_type'
  | 'pkce'
  | 'scope'
  | 'resource'
  | 'parameter';

/** For developers (`dev`, `testing`): the engine's words, and received beside expected. */
export type ErrorExplanation = {
  problem: ErrorProblem;
  /** OAuth error code and description as the engine gave them. */
  error: string;
  description: string;
  received: string[];
  expected: string[];
};

export type ErrorModel = {
  kind: ErrorKind;
  reference: string;
  /** Epoch ms. */
  at: number;
  app?: App;
  retryAfterSeconds?: number;
  explanation?: ErrorExplanation;
  /** For developers (`dev`, `testing`): the words of an error of our own, and its problems by place. */
  said?: { message: string; fields: { path: string; message: string }[] };
};

/** The form posts `csrf` to /start/try. `strictClients`: unknown clients are refused. */
type StartModel = {
  issuer: string;
  discovery: string;
  jwks: string;
  client: { id: string; secret: string };
  people: Person[];
  strictClients: boolean;
  csrf: string;
};

/** What the try-it sign-in brought: the ID token (`idToken` compact, `header` and `claims` decoded and verified). */
type TokensModel = {
  csrf: string;
  account: { name: string };
  idToken: string;
  header: { alg: string; kid?: string; typ?: string };
  claims: Record<string, unknown>;
  accessToken: { expiresInSeconds: number; isJwt: boolean };
  hasRefreshToken: boolean;
  /** The authorization request, parameter by parameter. */
  request: { endpoint: string; parameters: [name: string, value: string][] };
};

/** What the trial's app got instead of a code. The form posts `csrf` to /start/try. */
type RefusedModel = { csrf: string; error: string; description: string };

export type ViewModels = AccountViewModels &
  AdminViewModels &
  AuditViewModels &
  ClientViewModels &
  DeliveryViewModels &
  KeyViewModels & {
    'interaction/sign-in': SignInModel;
    'interaction/access': AccessModel;
    'interaction/consent': ConsentModel;
    'interaction/continue': ContinueModel;
    'logout/sign-out': SignOutModel;
    'logout/going-on': GoingOnModel;
    'logout/signed-out': SignedOutModel;
    'device/code': DeviceCodeModel;
    'device/confirm': DeviceConfirmModel;
    'device/done': { client: App };
    'device/refused': Record<string, never>;
    error: ErrorModel;
    start: StartModel;
    'start/tokens': TokensModel;
    'start/refused': RefusedModel;
    'start/welcome': Record<string, never>;
  };
export type ViewName = keyof ViewModels;

/** `path`: path and query of the address that shows this page, for the link to the other language. */
export type Page = { locale: Locale; path: string };

export type ViewOptions = {
  brand: Brand;
  mode: Mode;
  /** False reads each template again for each page (for working on the templates). */
  cache: boolean;
  /** For "in 55 minutes". */
  clock: { now(): number };
};

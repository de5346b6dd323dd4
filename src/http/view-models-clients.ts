/** The models of /admin's pages about clients. Only types, as in view-models.ts. Times are epoch ms. */
import type { Framed, PageLinks, PersonLink } from './view-models-admin.ts';

/** `no-secret`: it has to prove itself and has nothing to do it with. `ending`: its only secret ends. `idle`: left by `dev`. */
export type ClientState = 'ok' | 'disabled' | 'no-secret' | 'ending' | 'idle';
type KindName = 'web' | 'spa' | 'native' | 'machine' | 'gateway';
export type ClientLink = { id: string; name: string; href: string };
/** `access` as stored; undefined where nobody signs in. */
export type ClientRow = ClientLink & {
  kind?: KindName;
  access?: 'everybody' | 'nobody' | string[];
  state: ClientState;
  origin: 'admin' | 'file' | 'sample' | 'first_use';
};

/** A group to tick. */
type Tick = { name: string; description?: string; checked: boolean };
/** Who may open it: one of the three, and the groups for the last. */
export type AccessFields = { access: 'everybody' | 'nobody' | 'groups' | ''; groups: Tick[] };
export type RoleFields = { name: string; groups: string };
/** One claim rule as it is typed. `from`: `claim:groups`, `attribute:department`, `value`, or nothing yet. `only`: by lines. */
export type RuleFields = {
  from: string;
  value: string;
  name: string;
  in: string[];
  only: string;
  prefix: string;
  scope: string;
};
/** What is typed into the form of a client, by the paths of the room's fields. Lists of addresses are lines. */
export type ClientFields = AccessFields & {
  name: string;
  clientUri: string;
  redirectUris: string;
  postLogoutRedirectUris: string;
  backchannelLogoutUri: string;
  backchannelLogoutSessionRequired: boolean;
  frontchannelLogoutUri: string;
  frontchannelLogoutSessionRequired: boolean;
  scope: string;
  tokenEndpointAuthMethod: string;
  idTokenSignedResponseAlg: string;
  grantTypes: string[];
  responseTypes: string[];
  isPkceOptional: boolean;
  claimsInIdToken: boolean;
  firstParty: boolean;
  roles: RoleFields[];
  rules: RuleFields[];
  /** The members that have no field, as JSON. */
  more: string;
};
/** Where a rule may take its claim from. */
export type RuleSources = { claims: readonly string[]; attributes: readonly string[] };

export type NewClientFields = AccessFields & {
  id: string;
  name: string;
  redirectUris: string;
  postLogoutRedirectUris: string;
  backchannelLogoutUri: string;
  scope: string;
};
/** Without a kind it asks for one of `types`. */
type NewClientModel = { kind?: KindName; types: readonly KindName[]; fields: NewClientFields };

export type SecretRow = { id: string; createdAt: number; endsAt?: number; isNewest: boolean };
/** `isDeclared`: the file says which there are. `overlaps`: seconds to choose from. */
type SecretsModel = { isDeclared: boolean; rows: SecretRow[]; overlaps: readonly number[] };

/** Why there is nothing to see: no such account, the client is switched off, or it signs nobody in. */
type PreviewRefusal = 'nobody' | 'off' | 'machine';
export type PreviewModel = {
  as: string;
  reason?: PreviewRefusal;
  /** `by`: the group that lets the person in. `tokens`: each as JSON. */
  seen?: {
    person: PersonLink;
    state: 'allowed' | 'refused' | 'disabled';
    by?: string;
    scopes: string[];
    tokens: { type: 'id_token' | 'userinfo' | 'access_token'; json: string }[];
  };
};

export type ClientNotice = 'pkce-optional' | 'id-token-in-browser' | 'undecided';
type ClientModel = {
  /** The list that this page was opened from. */
  list: string;
  client: Omit<ClientRow, 'access'> & { createdAt: number; version: number; isDeclared: boolean };
  notices: ClientNotice[];
  fields: ClientFields;
  sources: RuleSources;
  /** Absent: it proves itself in another way, or not at all. */
  secrets?: SecretsModel;
  preview: PreviewModel;
};

/** After a client was added, or one of its secrets. `endsAt`: when the older secret ends. */
type ClientMadeModel = {
  client: ClientLink & { kind?: KindName };
  isNew: boolean;
  secret?: string;
  endsAt?: number;
  issuer: string;
  discovery: string;
};

export type ClientViewModels = {
  'admin/clients': Framed<{ rows: ClientRow[]; search: string; links: PageLinks }>;
  'admin/client-new': Framed<NewClientModel>;
  'admin/client': Framed<ClientModel>;
  'admin/client-made': Framed<ClientMadeModel>;
};

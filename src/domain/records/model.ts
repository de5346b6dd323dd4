/** The kinds of record, each with the number that stands for it in the table. Numbers are never used again. */
export const models = {
  Session: 1,
  Grant: 2,
  AccessToken: 3,
  AuthorizationCode: 4,
  RefreshToken: 5,
  ClientCredentials: 6,
  DeviceCode: 7,
  BackchannelAuthenticationRequest: 8,
  PreAuthorizedCode: 9,
  PushedAuthorizationRequest: 10,
  Interaction: 11,
  ReplayDetection: 12,
  InitialAccessToken: 13,
  RegistrationAccessToken: 14,
} as const;

export type Model = keyof typeof models;

export const isModel = (name: string): name is Model => Object.hasOwn(models, name);

/** Records that belong to a grant and die with it. */
export const grantable: ReadonlySet<Model> = new Set<Model>([
  'AccessToken',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);

/** The members that the room reads; all else is the engine's own business. */
export type Payload = {
  grantId?: string;
  uid?: string;
  userCode?: string;
  accountId?: string;
  clientId?: string;
  consumed?: number | true;
  [member: string]: unknown;
};

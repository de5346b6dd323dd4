/** Postern's own pages as clients: the ids that they sign people in with, which no other client has. */
export const ownClientIds = ['postern-account', 'postern-admin'] as const;
export type OwnClientId = (typeof ownClientIds)[number];

export const isOwnClient = (clientId: string): clientId is OwnClientId =>
  (ownClientIds as readonly string[]).includes(clientId);

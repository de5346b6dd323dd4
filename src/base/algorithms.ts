/** The signature algorithms (RFC 7518 §3.1, RFC 8037) that keys are made for, in the order in which they are published. */
export const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof algorithms)[number];

export const isAlgorithm = (name: unknown): name is Algorithm => (algorithms as readonly unknown[]).includes(name);

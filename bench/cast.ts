/** The people, clients and resources that every measured server has: the same on all, so that the work is the same. */
export const secret = 'QpZ7-bench-only-uX3kT9wLr4Vn8sYd2Gh6Jm1Cf5Ae0B';
export const callback = 'http://localhost:8080/callback';
export const person = { username: 'bench', password: 'long enough to be measured', email: 'bench@example.test' };

/** Signs people in and introspects. */
export const webClient = 'bench-web';
/** Has only client credentials. */
export const machineClient = 'bench-machine';

export const resources = [
  { identifier: 'urn:bench:rs256', algorithm: 'RS256' },
  { identifier: 'urn:bench:es256', algorithm: 'ES256' },
] as const;
export const resourceScope = 'measure';

export const scope = 'openid email offline_access';

/** Seconds; the defaults of Postern, given to the bare server too. */
export const lifetimes = { accessToken: 600, idToken: 600, refreshToken: 30 * 86_400, session: 30 * 86_400 };

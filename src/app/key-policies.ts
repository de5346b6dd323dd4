import type { Algorithm } from '../base/algorithms.ts';
import type { Config } from '../config/config.ts';
import type { JwtResource } from '../domain/key-uses/key-uses.ts';
import type { LifePolicy } from '../domain/keys/keys.ts';

/** A logout token (OpenID Connect Back-Channel Logout 1.0 §2.4) lives for two minutes. */
const logoutTokenSeconds = 120;
/** Clocks differ, and others count the end of a token generously (security.md J10). */
const toleranceSeconds = 15;

/** How long a key of each algorithm is what, by the settings and by how long what it signs is good. */
export function keyPoliciesOf(config: Config) {
  const { keys, lifetimes } = config;
  const longestToken = (algorithm: Algorithm): number => {
    const tokens = jwtResourcesOf(config).filter((resource) => resource.algorithm === algorithm);
    return Math.max(lifetimes.idTokenSeconds, logoutTokenSeconds, ...tokens.map(({ seconds }) => seconds));
  };
  return {
    algorithms: keys.algorithms,
    policyOf(algorithm: Algorithm): LifePolicy {
      const own = keys.overrides.find((override) => override.algorithm === algorithm);
      const hintSeconds = own?.hintSeconds ?? keys.hintSeconds;
      return {
        publishAheadSeconds: own?.publishAheadSeconds ?? keys.publishAheadSeconds,
        activeSeconds: own?.activeSeconds ?? keys.activeSeconds,
        retiringSeconds: longestToken(algorithm) + toleranceSeconds + hintSeconds,
        waitSeconds: keys.waitsForClients ? keys.waitSeconds : undefined,
      };
    },
  };
}

/** Whose access tokens are JWTs, signed with what, and for how long they are good. */
export const jwtResourcesOf = ({ lifetimes, resources }: Config): JwtResource[] =>
  resources
    .filter(({ format }) => format === 'jwt')
    .map(({ identifier, algorithm = 'RS256', seconds = lifetimes.jwtAccessTokenSeconds }) => ({
      ...{ identifier, algorithm, seconds },
    }));

const daySeconds = 86_400;

/** A cookie lives as long as its session may; a day more spares whoever counts otherwise. */
export const cookieTimesOf = ({ keys, lifetimes }: Config) => ({
  rotateSeconds: keys.cookieSeconds,
  keepSeconds: lifetimes.sessionSeconds + daySeconds,
});

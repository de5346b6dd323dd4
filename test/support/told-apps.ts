/** Apps that are told of a sign-out through the browser, and people who are signed in to them. */
import type { Answer, Visitor } from '../../src/testing/sign-in.ts';
import { leave, logoutUrl } from './signing-out.ts';
import { payloadOf, type Team, type TeamApp } from './team.ts';

/** Where such an app is told, and where it takes people back after a sign-out. */
export const address = 'https://wiki.example/signout-oidc';
export const home = 'https://wiki.example/';

export type ToldApps = ReturnType<typeof createToldApps>;

export function createToldApps(team: Team) {
  return {
    told: (input: Parameters<Team['app']>[0] = {}): Promise<TeamApp> =>
      team.app({ access: 'everybody', frontchannelLogoutUri: address, postLogoutRedirectUris: [home], ...input }),

    /** Signs alice in at these apps in one browser; the ID token that each got, and the `sid` in it. */
    async signedInAt(apps: readonly TeamApp[], visitor: Visitor = team.visitor()) {
      const tokens: string[] = [];
      for (const app of apps) {
        const back = await team.signIn(visitor, app.authorizeUrl());
        tokens.push((await app.redeem(back.searchParams.get('code'))).body.id_token);
      }
      return { visitor, tokens, sids: tokens.map((token) => payloadOf(token).sid) };
    },

    /** The address that a frame opens for that session. */
    withSession: (uri: string, sid: unknown): string =>
      `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ iss: team.issuer, sid: String(sid) })}`,
  };
}

/** Signs out of everything, asked for like that; the page that comes last. */
export const everything = async (visitor: Visitor, parameters: Record<string, string> = {}): Promise<Answer> =>
  visitor.follow(await leave(visitor, await visitor.open(logoutUrl(parameters)), 'everything'));

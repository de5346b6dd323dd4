import type { App } from '../app.ts';
import { type Io, jsonText, printable } from './output.ts';

type Preview = Awaited<ReturnType<App['oidc']['preview']>>;

/** A preview of tokens for people: whether the person is let in, and the claims of each token. */
export function printPreview(io: Io, { access, scopes, idToken, userinfo, accessToken }: Preview): void {
  const by = access.by === undefined ? '' : ` by the group ${printable(access.by)}`;
  io.out(`${access.allowed ? `May sign in${by}` : 'May not sign in'}. With the scopes ${scopes.join(' ')}:\n`);
  for (const [title, claims] of [
    ['ID token', idToken],
    ['Userinfo', userinfo],
    ['Access token', accessToken],
  ] as const) {
    io.out(`\n${title}\n${jsonText(claims, 2)}\n`);
  }
}

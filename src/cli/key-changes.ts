/** `postern key rotate | activate | revoke`. */
import type { App, Rotated } from '../app.ts';
import { PosternError } from '../base/errors.ts';
import { answerOf } from './answers.ts';
import { revocationText, rotatedText } from './key-text.ts';
import { operator, verb } from './verbs.ts';
import { timeText, wrong } from './words.ts';

const reason = { value: 'text', help: 'why, for the audit log' } as const;
const one = ['<kid>'] as const;
type Algorithm = Rotated['algorithm'];
type Change = { reason: string | undefined; early: boolean };

export const rotate = verb({
  words: ['[<algorithm>|cookies]'],
  help: 'publishes the next key of an algorithm, or of each; or renews the key of cookies',
  flags: { reason, early: { help: 'signs with it at once, before everybody has fetched it' } },
  more: `
Without --early nobody notices: a key signs when it has been published for long enough (keys.publishAheadSeconds).
With it, apps that have not fetched the key set since refuse sign-ins until they do.`,
  async run({ words: [what], flags, io, json, tell, withApp }) {
    const change = { reason: flags.reason, early: flags.early === true };
    await withApp(async (app) => {
      if (what === 'cookies') return renewCookieKey(app, change, tell);
      if (what !== undefined) {
        // The room says which algorithms there are.
        const rotated = await rotateOne(app, what as Algorithm, change);
        return tell(await answerOf('rotatedKey', rotated), rotatedText(rotated));
      }
      const all: Rotated[] = [];
      for (const algorithm of app.config.keys.algorithms) {
        const rotated = await rotateOne(app, algorithm, change);
        all.push(rotated);
        // At once: one that is refused must not hide those before it.
        if (!json) io.out(rotatedText(rotated));
      }
      const items = await Promise.all(all.map((rotated) => answerOf('rotatedKey', rotated)));
      return tell({ items, next: null }, '');
    });
  },
});

async function rotateOne({ keys }: App, algorithm: Algorithm, { reason: why, early }: Change): Promise<Rotated> {
  const rotated = await keys.rotate(algorithm, { ...operator, reason: why });
  if (!early || rotated.activatesAt === undefined) return rotated;
  await keys.activate(rotated.kid, { ...operator, reason: why });
  return { ...rotated, activatesAt: undefined };
}

async function renewCookieKey(
  { dataKeys }: App,
  { reason: why, early }: Change,
  tell: (value: unknown, text: string) => void,
): Promise<void> {
  if (early) throw wrong('early', 'is for keys that sign tokens: that of cookies is taken up within seconds');
  const made = await dataKeys.cookies.rotate({ ...operator, reason: why });
  const text = `Cookies are signed with ${made.id} of ${timeText(made.createdAt)}, within seconds; nobody is signed out.\n`;
  tell(await answerOf('cookieKey', made), text);
}

export const activate = verb({
  ...{ words: one, help: 'signs with a pending key from now on', flags: { reason } },
  async run({ words: [kid = ''], flags, tell, withApp }) {
    await withApp(async ({ keys }) => {
      await keys.activate(kid, { ...operator, ...flags });
      const key = await keys.find(kid);
      tell(await answerOf('key', key), `${key.algorithm}: ${key.kid} signs now.\n`);
    });
  },
});

export const revoke = verb({
  words: one,
  help: 'takes a compromised key out for good; without --now it says what that would break',
  flags: { now: { help: 'does it' }, reason },
  async run({ words: [kid = ''], flags: { now, reason: why }, tell, withApp }) {
    await withApp(async ({ keyUses }) => {
      const revocation = now ? await keyUses.revoke(kid, { ...operator, reason: why }) : await keyUses.revocation(kid);
      tell(await answerOf('keyRevocation', revocation), `${now ? 'Taken out.\n' : ''}${revocationText(revocation)}`);
    });
    if (now) return;
    const message = `Nothing was done. To take it out: postern key revoke ${kid} --now`;
    throw new PosternError('invalid', message, { exitStatus: 64 });
  },
});

/** `postern account password | hash`: the two commands that see a password. Neither takes it as an argument. */
import { randomId } from '../base/ids.ts';
import { accountNamed } from './account-names.ts';
import { answerOf } from './answers.ts';
import { printable } from './output.ts';
import { operator, verb } from './verbs.ts';
import { wrong } from './words.ts';

const ugly = 'dangerously-set-password';

const password = verb({
  words: ['<username>'],
  help: 'chooses a password for somebody else; better: postern account link',
  flags: { [ugly]: { help: 'says that you know what you do' } },
  more: `
The password is asked for, or is the first line of standard input. Whoever chose it knows it, so the audit log tells of
it. The person is signed out everywhere.`,
  async run({ words: [name = ''], flags, tell, withApp }) {
    if (!flags[ugly]) {
      throw wrong(
        ugly,
        `is missing: you would know the password. A link lets the person choose: postern account link ${name}`,
      );
    }
    const chosen = await (await import('./prompt.ts')).readPassword();
    const account = await withApp(async (app) => {
      const found = await accountNamed(app, name);
      await app.accounts.setPassword(found.id, chosen, operator);
      return accountNamed(app, found.id);
    });
    const text = `The password of ${printable(account.username)} is set. Signed out everywhere.\n`;
    tell(await answerOf('account', account), text);
  },
});

/** What only a server needs; the cost of a hash is all that is read. */
const unneeded = () => ({ issuer: 'https://hash.invalid', secret: [randomId()] });

const hash = verb({
  words: [],
  help: 'prints the hash of a password, for passwordHash in postern.yaml',
  flags: {},
  more: `
The password is asked for, or is the first line of standard input. Needs no database.`,
  async run({ mode, settings, tell }) {
    const { loadConfig } = await import('../config/config.ts');
    const { passwords, brand } = await loadConfig({ mode, argv: settings, values: unneeded() });
    const chosen = await (await import('./prompt.ts')).readPassword();
    const { hashForFile } = await import('../app.ts');
    const passwordHash = await hashForFile(passwords, chosen, ['postern', brand.name]);
    tell({ passwordHash }, `${passwordHash}\n`);
  },
});

export const passwordVerbs = { password, hash };

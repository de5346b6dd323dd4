/** `postern key recover`: the way on when the secret is lost. */
import { PosternError } from '../base/errors.ts';
import { loadConfig } from '../config/config.ts';
import { printWarnings } from './output.ts';
import { verb } from './verbs.ts';

const flag = 'dangerously-sign-everybody-out';

const losses = `What the lost secret has sealed cannot be opened by anybody, so it goes:
  - everybody is signed out, and every app too: sessions, consents, refresh tokens, access tokens and codes end
  - the signing keys: new ones are made, and apps refuse sign-ins until they fetch the key set again
  - the keys of cookies and forms: pages that are open have to be loaded again, known devices are strange again
What stays: people and their passwords, groups, attributes, clients and their secrets, API keys, links, the audit log.`;

export const recover = verb({
  words: [],
  help: 'begins anew when the secret is lost; server stopped',
  flags: { [flag]: { help: 'does it' } } as Record<typeof flag, { help: string }>,
  more: `
${losses}

Look for the old secret first: with it nothing is lost (start once with POSTERN_SECRET=<new>,<old>).`,
  async run({ flags, io, mode, settings, tell }) {
    if (flags[flag] !== true) {
      io.err(`${losses}\n`);
      throw new PosternError('invalid', `Nothing was done. To do it: postern key recover --${flag}`, {
        exitStatus: 64,
      });
    }
    process.umask(0o077);
    const config = await loadConfig({ mode, argv: settings });
    printWarnings(io, config.warnings);
    const recovered = await (await import('../app/recover.ts')).recover(config);
    const { keys, records } = recovered;
    const text = `Recovered: new keys are made under the present secret, which must be kept.
${records} ${records === 1 ? 'session, consent or token' : 'sessions, consents and tokens'} ended, and with ${keys === 1 ? '1 signing key' : `${keys} signing keys`} nothing can be signed any more.
Apps fetch the key set anew and people sign in again. People, clients, API keys and the log are as before.
`;
    tell(recovered, text);
  },
});

/** `postern client secret add | secret retire | hash`: what a client proves itself with. */
import { PosternError } from '../base/errors.ts';
import { digest } from '../base/ids.ts';
import { answerOf } from './answers.ts';
import { printable } from './output.ts';
import { operator, verb } from './verbs.ts';
import { numberFrom, timeText } from './words.ts';

const daySeconds = 86_400;

const add = verb({
  words: ['<id>'],
  help: 'makes a new secret, shown once; the old one lives on for a while',
  flags: { 'overlap-days': { value: 'n', help: 'how long the old one lives on (default: 7; 0: it ends at once)' } },
  async run({ words: [id = ''], flags, tell, withApp }) {
    const days = flags['overlap-days'];
    const overlap =
      days === undefined ? {} : { overlapSeconds: numberFrom('overlap-days', days, [0, 366]) * daySeconds };
    const { secret, client } = await withApp(({ clients }) => clients.addSecret(id, overlap, operator));
    const old = client.secrets.find(({ expiresAt }) => expiresAt !== null);
    const ends = old === undefined ? '' : `The old secret (${old.id}) ends at ${timeText(old.expiresAt)}.\n`;
    tell(await answerOf('clientWithSecret', { ...client, secret }), `New secret, shown this once: ${secret}\n${ends}`);
  },
});

const retire = verb({
  words: ['<id>', '<secret id>'],
  help: 'ends one of two secrets at once; client show tells their ids',
  flags: {},
  async run({ words: [id = '', secretId = ''], tell, withApp }) {
    const client = await withApp(({ clients }) => clients.retireSecret(id, secretId, operator));
    tell(await answerOf('client', client), `The secret ${printable(secretId)} of ${printable(id)} works no more.\n`);
  },
});

const hash = verb({
  words: [],
  help: 'prints the hash of a secret, for secretHash in postern.yaml',
  flags: {},
  more: `
The secret is asked for, or is the first line of standard input: openssl rand -hex 32 | tee secret | postern client hash`,
  async run({ tell }) {
    const secret = await (await import('./prompt.ts')).readHidden('secret');
    const { secretProblem } = await import('../app.ts');
    const message = secretProblem(secret);
    if (message !== undefined) {
      throw new PosternError('invalid', 'This secret cannot be used.', { fields: [{ path: 'secret', message }] });
    }
    tell({ secretHash: digest(secret) }, `${digest(secret)}\n`);
  },
});

export const secretVerbs = { 'secret add': add, 'secret retire': retire, hash };

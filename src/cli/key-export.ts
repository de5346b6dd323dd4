/** `postern key export`: public keys for gateways that cannot fetch the key set. */
import { PosternError } from '../base/errors.ts';
import { verb } from './verbs.ts';
import { wrong } from './words.ts';

const formats = ['pem', 'jwk', 'pem-map'] as const;

export const exportKeys = verb({
  words: ['[<kid>]'],
  help: 'the public part of what is published, or of one key',
  flags: { format: { value: 'pem|jwk|pem-map', help: 'pem (the default), jwk, or pem-map: JSON with kid and PEM' } },
  more: `
HAProxy takes one PEM a file (jwt_verify), others the map as Google publishes it. A running server has the
same at /jwks/<kid>.pem, /jwks/<kid>.json and /jwks/pem. Fetch anew after each rotation, before the key signs.`,
  async run({ words: [kid], flags: { format = 'pem' }, io, json, tell, withApp }) {
    if (!(formats as readonly string[]).includes(format)) throw wrong('format', `must be one of ${formats.join(', ')}`);
    const published = await withApp(({ keys }) => keys.published());
    const keys = published.filter((jwk) => kid === undefined || jwk.kid === kid);
    if (keys.length === 0) {
      const message = 'No published key has this kid. See them all: postern key list';
      throw new PosternError('not_found', message);
    }
    const { keyFile, pemMap } = await import('../app.ts');
    if (format === 'jwk')
      tell(
        kid === undefined ? { keys } : keys[0],
        `${JSON.stringify(kid === undefined ? { keys } : keys[0], undefined, 2)}\n`,
      );
    else if (format === 'pem-map' || json) tell(pemMap(keys), `${JSON.stringify(pemMap(keys), undefined, 2)}\n`);
    else io.out(keys.map((jwk) => keyFile(jwk, 'pem')).join(''));
  },
});

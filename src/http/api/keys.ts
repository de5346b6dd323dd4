import { reasonInput } from '../../base/names.ts';
import { keyInput } from '../../domain/keys/keys.ts';
import { cookieKey, key, keyReadiness, keyRevocation, listOf, rotatedKey } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';

const keys = listOf('KeyList', key);
const cookieKeys = listOf('CookieKeyList', cookieKey);
const tag = 'Keys';
const one = '/keys/{kid}';
const reading = { tag, scopes: ['keys:read'], status: 200 } as const;
const writing = { tag, scopes: ['keys:write'] } as const;
type Rooms = Pick<ApiDependencies, 'keys' | 'keyUses' | 'cookieKeys' | 'readiness'>;

export function listKeyOperations(rooms: Rooms): Operation[] {
  return [...listReading(rooms), ...listChanges(rooms), ...listCookieKeys(rooms)];
}

function listReading({ keys: room, keyUses, readiness }: Rooms): Operation[] {
  return [
    operation({
      ...{ id: 'listKeys', method: 'GET', path: '/keys', summary: 'All signing keys', ...reading, answer: keys },
      description: 'Those that were removed too. Of each algorithm the youngest first. What is published: `/jwks`.',
      handle: async () => ({ body: { items: await room.list() } }),
    }),
    operation({
      ...{ id: 'findKey', method: 'GET', path: one, summary: 'One signing key', ...reading, answer: key },
      handle: async ({ params: { kid = '' } }) => ({ body: await room.find(kid) }),
    }),
    operation({
      ...{ id: 'findKeyRevocation', method: 'GET', path: `${one}/revocation`, ...reading, answer: keyRevocation },
      summary: 'What taking a key out would break',
      handle: async ({ params: { kid = '' } }) => ({ body: await keyUses.revocation(kid) }),
    }),
    operation({
      ...{ id: 'findKeyReadiness', method: 'GET', path: `${one}/readiness`, ...reading, answer: keyReadiness },
      summary: 'Which clients have fetched a key, and how sure that is',
      handle: async ({ params: { kid = '' } }) => ({ body: await readiness.of(kid) }),
    }),
  ];
}

function listChanges({ keys: room, keyUses }: Rooms): Operation[] {
  return [
    operation({
      ...{
        id: 'rotateKey',
        method: 'POST',
        path: '/keys',
        summary: 'Publish the next key of an algorithm',
        ...writing,
      },
      description:
        'It signs when it has been published for long enough (`activatesAt`), at once where that is no time. One that is on its way already is answered in the same way, with `isNew` false: then nothing is written.',
      ...{ status: 201, events: ['key.published', 'key.activated'], body: keyInput, answer: rotatedKey },
      handle: async ({ body: { algorithm, reason }, circumstances }) => {
        const rotated = await room.rotate(algorithm, { ...circumstances, reason });
        return { body: rotated, location: `/keys/${rotated.kid}` };
      },
    }),
    operation({
      ...{ id: 'activateKey', method: 'POST', path: `${one}/activate`, ...writing, answer: key },
      summary: 'Sign with a pending key from now on',
      description: 'Clients that have not fetched the key set since it is published refuse sign-ins until they do.',
      ...{ status: 200, events: ['key.activated'], body: reasonInput },
      handle: async ({ params: { kid = '' }, body: { reason }, circumstances }) => {
        await room.activate(kid, { ...circumstances, reason });
        return { body: await room.find(kid) };
      },
    }),
    operation({
      ...{ id: 'revokeKey', method: 'POST', path: `${one}/revoke`, ...writing, answer: keyRevocation },
      summary: 'Take a compromised key out, for good',
      description: 'What that breaks can be read before: `GET /keys/{kid}/revocation`.',
      ...{ status: 200, events: ['key.revoked'], body: reasonInput },
      handle: async ({ params: { kid = '' }, body: { reason }, circumstances }) => ({
        body: await keyUses.revoke(kid, { ...circumstances, reason }),
      }),
    }),
  ];
}

function listCookieKeys({ cookieKeys: ring }: Rooms): Operation[] {
  return [
    operation({
      ...{ id: 'listCookieKeys', method: 'GET', path: '/cookie-keys', ...reading, answer: cookieKeys },
      summary: 'The keys that cookies are signed with, the youngest first',
      handle: async () => ({ body: { items: ring.list() } }),
    }),
    operation({
      ...{ id: 'createCookieKey', method: 'POST', path: '/cookie-keys', summary: 'Renew the cookie key', ...writing },
      description:
        'Nobody is signed out: the others go on to open cookies. One of the last ten seconds is answered instead of another.',
      ...{ status: 201, events: ['key.cookie_created'], body: reasonInput, answer: cookieKey },
      handle: async ({ body: { reason }, circumstances }) => ({
        body: await ring.rotate({ ...circumstances, reason }),
      }),
    }),
  ];
}

/** Secrets of a client over time: a second one is added, both are live for a while, the first one ends (security.md B18). */
import { parseInput } from '../../base/administered.ts';
import { PosternError } from '../../base/errors.ts';
import { type Circumstances, causedBy } from '../audit/audit.ts';
import type { OfVersion } from './administration.ts';
import { changeClient, noSuchClient, type Room } from './change.ts';
import { type Client, type ClientRecord, clientOf, secretIdOf } from './client.ts';
import { type SecretInput, secretInput } from './input.ts';
import { generateSecret, liveSecrets, storedSecret } from './secrets.ts';
import { usesSecret } from './words.ts';

const mostLive = 2;

export async function addSecret(
  room: Room,
  id: string,
  input: SecretInput,
  circumstances: OfVersion,
): Promise<{ secret?: string; client: Client }> {
  const { overlapSeconds, secretHash } = parseInput(secretInput, input, 'The secret cannot be added like that.');
  const secret = secretHash === undefined ? generateSecret() : undefined;
  const changed = await changeClient(
    room,
    id,
    (client) => {
      refuseWithoutSecrets(client, circumstances);
      const now = room.clock.now();
      const added =
        secret === undefined ? { hash: secretHash ?? '', createdAt: now, expiresAt: null } : storedSecret(secret, now);
      const secrets = [...shortened(client, added.hash, now, overlapSeconds), added];
      const ends = secrets.find(({ expiresAt }) => expiresAt !== null)?.expiresAt ?? undefined;
      const detail = { secretId: secretIdOf(added), ...(ends !== undefined && { oldExpiresAt: ends }) };
      const entry = { ...causedBy(circumstances), clientId: id, event: 'client.secret_added' as const, detail };
      return { client: { secrets }, entry };
    },
    circumstances.ifVersion,
  );
  if (!changed) throw noSuchClient(id);
  return { client: clientOf(changed), ...(secret !== undefined && { secret }) };
}

/** The secrets that stay beside a new one, each with its end. */
function shortened({ id, secrets }: ClientRecord, hash: string, now: number, overlapSeconds: number) {
  const live = liveSecrets(secrets, now);
  if (live.some((secret) => secret.hash === hash)) throw new PosternError('conflict', `${id} has this secret already.`);
  if (overlapSeconds === 0) return [];
  if (live.length >= mostLive) {
    throw new PosternError(
      'conflict',
      `${id} has ${mostLive} live secrets already. Retire the one that is used no more, then add another.`,
    );
  }
  const end = now + overlapSeconds * 1000;
  return live.map((secret) => ({ ...secret, expiresAt: Math.min(secret.expiresAt ?? end, end) }));
}

export async function retireSecret(
  room: Room,
  id: string,
  secretId: string,
  circumstances: OfVersion,
): Promise<Client> {
  const changed = await changeClient(
    room,
    id,
    (client) => {
      refuseWithoutSecrets(client, circumstances);
      const live = liveSecrets(client.secrets, room.clock.now());
      const rest = live.filter((secret) => secretIdOf(secret) !== secretId);
      if (rest.length === live.length) {
        throw new PosternError('not_found', `${id} has no live secret ${secretId}.`);
      }
      if (rest.length === 0) {
        throw new PosternError('conflict', `${secretId} is the only secret of ${id}. Add another one first.`);
      }
      const detail = { secretId };
      const entry = { ...causedBy(circumstances), clientId: id, event: 'client.secret_retired' as const, detail };
      return { client: { secrets: lasting(rest) }, entry };
    },
    circumstances.ifVersion,
  );
  if (!changed) throw noSuchClient(id);
  return clientOf(changed);
}

/** When the new secret is taken back, the old one stays after all: a client must not be left without one by and by. */
function lasting(secrets: ClientRecord['secrets']): ClientRecord['secrets'] {
  if (secrets.some(({ expiresAt }) => expiresAt === null)) return secrets;
  const last = secrets.length - 1;
  return secrets.map((secret, index) => (index === last ? { ...secret, expiresAt: null } : secret));
}

/** The file's secrets are the file's, if it names any. */
function refuseWithoutSecrets({ id, origin, metadata }: ClientRecord, { source }: Circumstances): void {
  if (origin === 'file' && metadata.postern_secrets_declared && source !== 'file') {
    throw new PosternError(
      'conflict',
      `The secrets of ${id} are declared in the file (postern.yaml, or what a program applied by the API): change them there and apply it.`,
    );
  }
  if (!usesSecret(metadata.token_endpoint_auth_method)) {
    const how = metadata.token_endpoint_auth_method;
    throw new PosternError('conflict', `${id} has no secrets: it authenticates by ${how}. Change that first.`);
  }
}

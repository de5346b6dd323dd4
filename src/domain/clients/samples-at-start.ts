/** The samples of `dev`: created when they are absent, and told where the issuer is when it has moved. */
import { isPosternError, PosternError } from '../../base/errors.ts';
import { insertIn } from './administration.ts';
import { changeClient } from './change.ts';
import type { ClientRecord } from './client.ts';
import type { ClientInput } from './input.ts';
import { type ClientsRoom, prepareClient } from './preparing.ts';
import { findClient } from './store.ts';

/** `issuer`, without trailing slash: the sample may use any http address of it. Opens its own transaction. */
export async function ensureSample(
  room: ClientsRoom,
  input: ClientInput,
  issuer: string | undefined,
): Promise<boolean> {
  if (room.mode === 'serve') throw new PosternError('forbidden', 'Samples exist in dev and testing only.');
  const known = await findClient(room.db, input.id);
  if (known) {
    if (known.origin === 'sample') await followIssuer(room, known, input);
    return false;
  }
  const prepared = await prepareClient(room, input, { origin: 'sample', issuer });
  try {
    await room.db.transaction((tx) => insertIn(room, tx, prepared, { by: { type: 'system' } }));
  } catch (error) {
    // Another process was faster.
    if (isPosternError(error) && error.code === 'conflict') return false;
    throw error;
  }
  return true;
}

/** A sample keeps what it has, and learns Postern's own addresses when the issuer has moved to another port. */
async function followIssuer(room: ClientsRoom, { id }: ClientRecord, input: ClientInput): Promise<void> {
  await changeClient(room, id, ({ metadata }) => {
    const redirectUris = new Set([...metadata.redirect_uris, ...(input.redirectUris ?? [])]);
    const postLogoutRedirectUris = new Set([
      ...metadata.post_logout_redirect_uris,
      ...(input.postLogoutRedirectUris ?? []),
    ]);
    const isComplete =
      redirectUris.size === metadata.redirect_uris.length &&
      postLogoutRedirectUris.size === metadata.post_logout_redirect_uris.length;
    if (isComplete) return undefined;
    const lists = { redirect_uris: [...redirectUris], post_logout_redirect_uris: [...postLogoutRedirectUris] };
    return { client: { metadata: { ...metadata, ...lists } } };
  });
}

import { decodeCursor, type PageOf, type PageRequest, pageOf } from '../../base/paging.ts';
import type { Db } from '../../db/db.ts';
import { type Client, clientOf } from './client.ts';
import { listClients, searchClients } from './store.ts';

export type ClientPage = PageRequest & { search?: string | undefined };

/** A page by id; `search` keeps those that have it in their id or name. Throws `invalid` (400) for a forged cursor. */
export async function pageOfClients(db: Db, { limit, after, search = '' }: ClientPage): Promise<PageOf<Client>> {
  const [place = ''] = after === undefined ? [] : decodeCursor(after, ['string']);
  const words = search.trim();
  const read = limit + 1;
  const records = await (words === ''
    ? listClients(db, String(place), read)
    : searchClients(db, words, String(place), read));
  return pageOf(records.map(clientOf), limit, ({ id }) => [id]);
}

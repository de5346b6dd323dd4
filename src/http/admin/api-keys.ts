import { decodeCursor, type PageOf, pageOf } from '../../base/paging.ts';
import { type ApiKey, type ApiKeyInput, apiScopes } from '../../domain/api-keys/api-keys.ts';
import { type DoorPage, pageLinks } from '../door-page.ts';
import type { Problem } from '../errors.ts';
import type { FormShape } from '../form.ts';
import type { DoorRoute, Visit } from '../own-door.ts';
import { single } from '../paths.ts';
import type { ApiKeyRow } from '../views.ts';
import type { AdminDependencies } from './dependencies.ts';
import { change, look } from './frame.ts';
import { peopleOf } from './rows.ts';

const path = '/admin/api-keys';
const newPath = `${path}/new`;
const newForm: FormShape = { lists: ['scopes'] };
const usualDays = '90';
const perPage = 50;

/** The list of API keys, the end of one, and the page that makes one and shows it this once. */
export function apiKeysPages(dependencies: AdminDependencies, page: DoorPage): DoorRoute[] {
  const { apiKeys, config } = dependencies;
  const draw = (visit: Visit, problem?: Problem) => list(dependencies, page, visit, problem);
  const drawNew = (visit: Visit, problem?: Problem) => {
    const { name = '', expiresInDays = usualDays } = visit.form;
    const fields = { name, scopes: [...(visit.lists.scopes ?? [])], expiresInDays };
    page(visit, 'admin/api-key-new', { fields, scopes: apiScopes }, problem);
  };

  return [
    look(path, (visit) => draw(visit)),
    look(newPath, (visit) => drawNew(visit)),
    change(newPath, { events: ['api_key.created'], form: newForm, again: drawNew }, async (visit) => {
      const { apiKey, secret } = await apiKeys.create(inputOf(visit), visit.circumstances);
      const { name, expiresAt } = apiKey;
      page(visit, 'admin/api-key-made', { name, secret, expiresAt, address: `${config.issuer}/api/v1` });
    }),
    change(`${path}/revoke`, { events: ['api_key.revoked'], page: path, again: draw }, async (visit) => {
      await apiKeys.revoke(visit.form.key ?? '', visit.circumstances);
      visit.done(visit.page, 'api-key-revoked');
    }),
  ];
}

/** What was typed; the room says which scopes there are and how long a key may last. */
const inputOf = ({ form, lists }: Visit): ApiKeyInput => ({
  name: form.name ?? '',
  scopes: [...(lists.scopes ?? [])] as ApiKeyInput['scopes'],
  expiresInDays: Number(form.expiresInDays?.trim() || usualDays),
});

async function list(
  { apiKeys, accounts, clock }: AdminDependencies,
  page: DoorPage,
  visit: Visit,
  problem: Problem | undefined,
): Promise<void> {
  const { items: keys, next } = pageOfKeys(await apiKeys.list(), single(visit.ctx, 'after'));
  const makers = await peopleOf(
    accounts,
    keys.map(({ createdBy }) => createdBy),
  );
  const now = clock.now();
  const rows = keys.map((key): ApiKeyRow => {
    const { id, name, scopes, createdBy = '', lastUsedAt, expiresAt, revokedAt } = key;
    const end = { endedAt: revokedAt ?? expiresAt, state: stateOf(key, now) };
    return { ...{ id, name, scopes, lastUsedAt }, person: makers.get(createdBy), ...end };
  });
  page(visit, 'admin/api-keys', { rows, links: pageLinks(visit, next) }, problem);
}

/** There are few enough to be read together, and too many to be looked at together. Newest first, as the room has them. */
function pageOfKeys(keys: readonly ApiKey[], after: string | undefined): PageOf<ApiKey> {
  const [at, id] = after === undefined ? [Number.POSITIVE_INFINITY, ''] : decodeCursor(after, ['number', 'string']);
  const isLater = (key: ApiKey) => key.createdAt < Number(at) || (key.createdAt === at && key.id > String(id));
  return pageOf(keys.filter(isLater), perPage, (key) => [key.createdAt, key.id]);
}

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): ApiKeyRow['state'] {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt <= now ? 'expired' : 'live';
}

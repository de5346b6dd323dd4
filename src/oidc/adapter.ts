import type { Adapter, AdapterPayload } from 'oidc-provider';
import { errors, Provider } from 'oidc-provider';
import { isModel, type Model, type Payload } from '../domain/records/records.ts';
import { imitateWrongSecret, refuseThrottledClient } from './client-secret.ts';
import { asPresented } from './first-use.ts';
import { countNewRequest } from './new-requests.ts';
import type { OidcDependencies } from './settings.ts';
import { isSignOut } from './signing-out.ts';
import { conditionFor } from './still-so.ts';

/** The engine's storage: clients come from their room, everything else goes to `records`. */
export function createAdapterFactory(dependencies: OidcDependencies): (name: string) => Adapter {
  return (name) => {
    if (name === 'Client') return clientAdapter(dependencies);
    if (!isModel(name)) throw new TypeError(`The engine asks for an unknown model: ${name}`);
    return recordAdapter(dependencies, name);
  };
}

function clientAdapter(dependencies: OidcDependencies): Adapter {
  const { clients } = dependencies;
  const refuse = async () => {
    throw new errors.InvalidRequest('clients are not managed through the protocol');
  };
  return {
    async find(id) {
      refuseThrottledClient(dependencies, Provider.ctx, id);
      // No text of PostgreSQL holds a NUL, and no client id does.
      const metadata = id.includes('\0') ? undefined : await clients.metadata(id);
      if (!metadata) await imitateWrongSecret(dependencies, Provider.ctx, id);
      return metadata?.postern_auth_undecided ? asPresented(metadata, Provider.ctx) : metadata;
    },
    upsert: refuse,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

function recordAdapter(dependencies: OidcDependencies, model: Model): Adapter {
  const { records } = dependencies;
  return {
    async upsert(id, payload, expiresIn: number | undefined) {
      await countNewRequest(dependencies, model, Provider.ctx);
      if (model === 'DeviceCode' && isDecision(payload)) await decideOnce(records, id, expiresIn ?? 1);
      const condition = conditionFor(dependencies, model, Provider.ctx);
      // An answered interaction may only change the row that is there: after it was claimed nobody brings it back.
      const written =
        model === 'Interaction' && payload.result !== undefined
          ? await records.replace(model, id, payload as Payload, expiresIn ?? 1)
          : await records.upsert(model, id, payload as Payload, expiresIn, condition);
      if (!written) throw model === 'Interaction' || condition ? over() : new errors.InvalidGrant('grant is revoked');
    },
    async find(id) {
      const payload = await records.find(model, id);
      if (model === 'Interaction' && payload) return withoutStaleLogin(dependencies, payload);
      // To a device that asks once more its code is simply gone, see `consume`.
      return model === 'DeviceCode' && payload?.consumed ? undefined : payload;
    },
    findByUid: (uid) => records.findByUid(uid),
    findByUserCode: (userCode) => records.findByUserCode(userCode),
    async consume(id) {
      if (await records.consume(model, id)) return;
      // A code that went through a browser may be in other hands when it comes twice; a device code never leaves the
      // device, which asks again when an answer was late. Its tokens stay (H06).
      if (model === 'DeviceCode') throw spent(model);
      const payload = await records.find(model, id);
      if (payload?.grantId) await records.revokeGrant(payload.grantId);
      throw spent(model);
    },
    async destroy(id) {
      // They end with the session, in one transaction (internals-sessions.ts).
      if (model === 'Grant') return isSignOut(Provider.ctx) ? undefined : records.revokeGrant(id);
      const removed = await records.remove(model, id);
      // Finished twice, or by several tabs at once: one of them goes on (security.md finding 12).
      if (model === 'Interaction' && !removed) throw over();
    },
    revokeByGrantId: async (grantId) => (isSignOut(Provider.ctx) ? undefined : records.removeByGrant(model, grantId)),
  };
}

/**
 * The answer to a sign-in page waits in the interaction until the browser goes on. When the account was changed meanwhile
 * (another password, above all), it counts for nothing and the person is asked again (C08).
 */
async function withoutStaleLogin({ accounts }: OidcDependencies, payload: Payload): Promise<Payload> {
  const { login, ...others } = (payload.result ?? {}) as { login?: { accountId: string; accountVersion?: number } };
  if (!login) return payload;
  const account = await accounts.find(login.accountId);
  return account?.version === login.accountVersion ? payload : { ...payload, result: others };
}

/** A person at /device has confirmed the code, or stopped it there. */
const isDecision = ({ inFlight, accountId, error }: AdapterPayload): boolean =>
  inFlight ? accountId === undefined && error === undefined : error !== undefined;

/** One decides, whoever else has the same page open: the code belongs to that person's browser from then on (H05). */
async function decideOnce(records: OidcDependencies['records'], id: string, seconds: number): Promise<void> {
  const isFirst = await records.claim('ReplayDetection', `device-decision|${id}`, {}, seconds);
  if (isFirst) return;
  const error = new errors.InvalidRequest('the code was already used');
  throw Object.assign(error, { name: 'AlreadyUsedError' });
}

const over = () => new errors.SessionNotFound('the sign-in is over or was finished elsewhere');

/** The loser of a race is told what the engine tells whoever comes later. */
function spent(model: Model): Error {
  if (model === 'PushedAuthorizationRequest') return new errors.InvalidRequestUri('request_uri was already used');
  return new errors.InvalidGrant(`${labels[model] ?? 'grant'} already consumed`);
}
const labels: Partial<Record<Model, string>> = {
  AuthorizationCode: 'authorization code',
  RefreshToken: 'refresh token',
  DeviceCode: 'device code',
};

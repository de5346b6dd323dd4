/** The rooms, made by hand, in order, each with what it needs and nothing else. */
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { createOutbound } from '../base/outbound.ts';
import type { Config } from '../config/config.ts';
import { createAccess } from '../domain/access/access.ts';
import { createAccounts } from '../domain/accounts/accounts.ts';
import { createApiKeys, tokenScopes } from '../domain/api-keys/api-keys.ts';
import { createAttributes } from '../domain/attributes/attributes.ts';
import { type AuditEntry, createAudit } from '../domain/audit/audit.ts';
import { createClients } from '../domain/clients/clients.ts';
import { openDataKeys } from '../domain/data-keys/data-keys.ts';
import { createDeliveries } from '../domain/deliveries/deliveries.ts';
import { createDirectory } from '../domain/directory/directory.ts';
import { createGroups } from '../domain/groups/groups.ts';
import { createInstallation } from '../domain/installation/installation.ts';
import { createKeyUses } from '../domain/key-uses/key-uses.ts';
import { createKeys } from '../domain/keys/keys.ts';
import { createLogout } from '../domain/logout/logout.ts';
import { createReadiness } from '../domain/readiness/readiness.ts';
import { createRecords } from '../domain/records/records.ts';
import { createRehearsals } from '../domain/rehearsals/rehearsals.ts';
import { createSessions } from '../domain/sessions/sessions.ts';
import { createThrottles } from '../domain/throttles/throttles.ts';
import type { Oidc } from '../oidc/oidc.ts';
import { jwtResourcesOf, keyPoliciesOf } from './key-policies.ts';
import { createPostLogout } from './post-logout.ts';
import type { Store } from './store.ts';

export type Surroundings = { clock: Clock; log: Log };
export type Rooms = Awaited<ReturnType<typeof createRooms>>;

export async function createRooms(config: Config, store: Store, surroundings: Surroundings) {
  const lower = await createLowerRooms(config, store, surroundings);
  const { db, clock, audit, sessions, groups, attributes, apiKeys, throttles, dataKeys, keys, deliveries } = lower;
  const accounts = createAccounts({
    ...{ db, clock, audit, throttles, groups, attributes, sessions, apiKeys },
    ...{ passwords: config.passwords, throttle: config.throttle, links: config.links, key: dataKeys.accounts },
    ...{ adminGroups: config.admin.groups, readGroups: config.admin.readGroups },
    createsGroups: config.mode !== 'serve',
    contextWords: ['postern', config.brand.name],
    picker: config.mode === 'dev',
  });
  const engine: { current?: Oidc } = {};
  const clients = createClients({
    ...{ db, clock, audit, groups, attributes, sessions },
    ...{ mode: config.mode, strict: config.strictClients, issuer: config.issuer },
    scopes: [...config.resources.flatMap(({ scopes }) => scopes), ...tokenScopes],
    resources: config.resources.map(({ identifier }) => identifier),
    // The call upwards: what a client may be, the engine knows, and it is built after the clients.
    validate: async (metadata) => engine.current?.validateClient(metadata),
  });
  const outbound = createOutbound({ mode: config.mode, ...config.outbound });
  const post = createPostLogout(outbound);
  const logout = createLogout({ deliveries, clients, keys, clock, log: surroundings.log, issuer: config.issuer, post });
  const resources = jwtResourcesOf(config);
  const readiness = createReadiness({ db, clock, keys, clients, resources });
  const { groups: adminGroups, readGroups } = config.admin;
  const access = createAccess({
    ...{ db, audit, groups, attributes, accounts, clients, sessions, adminGroups, readGroups },
  });
  const keyUses = createKeyUses({
    ...{ keys, clients, clock, resources, maxAgeSeconds: config.keys.maxAgeSeconds },
  });
  const installation = createInstallation({ db, clock, issuer: config.issuer });
  const directory = createDirectory({
    ...{ db, audit, groups, attributes, accounts, clients, access, installation, adminGroups, readGroups },
    createsGroups: config.mode !== 'serve',
  });
  const recordEvent = (entry: AuditEntry) => audit.record(db, entry);
  return {
    ...lower,
    accounts,
    clients,
    keyUses,
    readiness,
    logout,
    access,
    directory,
    engine,
    installation,
    recordEvent,
    outbound,
  };
}

/** Those that know no account and no client. */
async function createLowerRooms(config: Config, { db, secrets }: Store, { clock }: Surroundings) {
  const audit = createAudit({ clock });
  const dataKeys = await openDataKeys({ db, clock, audit, secrets });
  const throttles = createThrottles({ db, clock });
  const records = createRecords({
    ...{ db, clock, audit, idKey: dataKeys['record-ids'], payloadKey: dataKeys.records },
    tombstoneSeconds: longestLifetime(config),
  });
  const { giveUpSeconds } = config.signOut;
  const { timeoutMilliseconds: attemptMilliseconds } = config.outbound;
  const deliveries = createDeliveries({ db, clock, audit, giveUpSeconds, attemptMilliseconds });
  const sessions = createSessions({ db, clock, audit, records, deliveries });
  const keys = createKeys({ db, clock, audit, sealingKey: dataKeys.keys, ...keyPoliciesOf(config) });
  const rehearsals = createRehearsals({ db, clock, audit, keys, sealingKey: dataKeys.keys, mode: config.mode });
  const groups = createGroups({ db, clock, audit });
  const attributes = createAttributes({ db, clock, audit });
  const apiKeys = createApiKeys({ db, clock, audit });
  const ofKeys = { dataKeys, keys, rehearsals };
  return { db, clock, audit, throttles, records, deliveries, sessions, groups, attributes, apiKeys, ...ofKeys };
}

/** Of everything that is issued, in seconds. */
const longestLifetime = ({ lifetimes, resources }: Config): number =>
  Math.max(...Object.values(lifetimes), ...resources.map(({ seconds = 0 }) => seconds));

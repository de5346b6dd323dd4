/** The engine and the doors around it. */
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { demoClient } from '../domain/clients/clients.ts';
import { exchangeOf } from '../http/context.ts';
import { createCsrf } from '../http/csrf.ts';
import { createEnginePages } from '../http/engine-pages.ts';
import { createPages } from '../http/pages.ts';
import { createRequestToSelf } from '../http/self.ts';
import { createHttp } from '../http/server.ts';
import { createViews } from '../http/views.ts';
import { createOidc, createTryIt } from '../oidc/oidc.ts';
import { createReadyCheck } from './ready.ts';
import type { Rooms } from './rooms.ts';

export type Doors = Awaited<ReturnType<typeof createDoors>>;

export async function createDoors(config: Config, rooms: Rooms, log: Log) {
  const { db, audit, dataKeys, accounts, throttles, clock, keys } = rooms;
  await keys.ensure();
  const views = createViews({ brand: config.brand, mode: config.mode, cache: true, clock });
  const pages = createPages(views, config.mode);
  const issuer = new URL(config.issuer);
  const listening: { at?: { port: number; addresses: string[] } } = {};
  const requestToken = createRequestToSelf(() => listening.at, issuer.host);
  const oidc = await createOidc({
    ...{ ...rooms, settings: config, log, durability: db, requestToken },
    cookieKeys: dataKeys.cookies,
    proofKey: dataKeys.proofs,
    pages: createEnginePages({ pages, accounts, clock, log, mode: config.mode }),
    callerOf: (request) => {
      const { ip, id: requestId } = exchangeOf(request);
      return { ip, requestId };
    },
  });
  rooms.engine.current = oidc;
  keys.subscribe(oidc.refresh);
  const http = createHttp({
    ...{ ...rooms, config, log, durability: db, oidc, views, pages, interactions: oidc.interactions },
    listEvents: (page) => audit.list(db, page),
    cookieKeys: dataKeys.cookies,
    csrf: createCsrf({ key: dataKeys.forms, issuer }),
    tryIt: createTryIt({ issuer: config.issuer, keys, client: demoClient, requestToken }),
    ready: createReadyCheck({ db, throttles, keys }),
  });
  return { oidc, http, views, listening };
}

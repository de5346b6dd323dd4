/** An Express app that signs people in with express-openid-connect and hears of sign-outs at its back channel, as its manual says. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { auth, requiresAuth } from 'express-openid-connect';

export type ExpressApp = Awaited<ReturnType<typeof startExpressApp>>;
type Registered = { issuer: string; id: string; secret: string };

/** Listens on a free port before anybody has registered it; tell it its `registered` data by `use`. */
export async function startExpressApp() {
  const app = express();
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    members: {
      redirectUris: [`${origin}/callback`],
      postLogoutRedirectUris: [origin],
      backchannelLogoutUri: `${origin}/backchannel-logout`,
    },
    use({ issuer, id, secret }: Registered): void {
      app.use(
        auth({
          ...{ issuerBaseURL: issuer, baseURL: origin, clientID: id, clientSecret: secret },
          ...{ secret: 'what-this-app-signs-its-cookie-with', authRequired: false, idpLogout: true },
          authorizationParams: { response_type: 'code', scope: 'openid profile' },
          backchannelLogout: { store: createStore() as never },
        }),
      );
      app.get('/', (_request, response) => void response.send('The app'));
      app.get('/who', requiresAuth(), (request, response) => void response.json(request.oidc.user));
    },
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Done = (error: unknown, value?: unknown) => void;

/** Where the app keeps who is signed out, in the form of express-session's stores. */
function createStore() {
  const kept = new Map<string, unknown>();
  return {
    get: (id: string, done: Done) => done(null, kept.get(id)),
    set: (id: string, value: unknown, done: Done) => done(null, kept.set(id, value) && undefined),
    destroy: (id: string, done: Done) => done(null, kept.delete(id) && undefined),
  };
}

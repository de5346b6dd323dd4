/**
 * The pages around a sign-out: which apps it is about, how one gets back to them, and which of them are told through the
 * browser (front-channel.ts). Apps that are told by Postern itself are no business of it, nor is the end of the session.
 */
import type { Context } from 'koa';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Client, Clients } from '../../domain/clients/clients.ts';
import type { CookieRing } from '../../domain/data-keys/data-keys.ts';
import type { ToldApp } from '../../domain/deliveries/deliveries.ts';
import type { KeptSignOut } from '../../oidc/oidc.ts';
import type { Pages } from '../pages.ts';
import { withQuery } from '../paths.ts';
import type { App, FrameModel, LeftApp } from '../views.ts';
import { allowFrames, frameAddressOf, mostFrames } from './front-channel.ts';
import { createLastSignOuts, type LastSignOut, type LastSignOuts } from './last-sign-out.ts';
import { appWithWayBack } from './way-back.ts';

type Dependencies = {
  pages: Pages;
  clients: Pick<Clients, 'find'>;
  issuer: string;
  clock: Clock;
  log: Log;
  cookieKeys: CookieRing;
};
type Rooms = Dependencies & { last: LastSignOuts };
export type SignOuts = ReturnType<typeof createSignOuts>;

/** So long after a sign-out its page still tells apps and goes on: whoever comes back to it later has done other things. */
const freshMs = 60_000;
/** How long apps have before the page goes on without them. */
const onwardSeconds = 5;

/** The session that there is now, if there is one, and the clients that it is used for. `client`: it alone was left. */
type Now = { client?: App | undefined; isSignedIn: boolean; apps: readonly ToldApp[] };

export function createSignOuts(dependencies: Dependencies) {
  const { issuer, clock, log, cookieKeys: keys } = dependencies;
  const last = createLastSignOuts({ issuer, clock, keys });
  const rooms = { ...dependencies, last };

  return {
    /** Keeps it for `draw`; true when its page has to come before `onward`. Never rejects: the sign-out has happened. */
    async keep(ctx: Context, signOut: KeptSignOut): Promise<boolean> {
      try {
        const found = await find(rooms, signOut.apps);
        const framed = found.filter(({ frame }) => frame !== undefined);
        const others = found.filter(({ frame }) => frame === undefined);
        const apps = [...framed, ...others].map(({ told }) => told);
        const onward = framed.length > 0 ? signOut.onward : undefined;
        const kept = last.keep(ctx, { ...signOut, apps, onward });
        return kept.onward !== undefined;
      } catch (error) {
        log.error({ error }, 'after a sign-out, the page that names the apps could not be prepared');
        return false;
      }
    },

    lastApps: (ctx: Context): readonly ToldApp[] => last.read(ctx)?.apps ?? [],

    /** The apps of a session, for the page that asks; those that are not told of a sign-out are marked. */
    appsOf: async (apps: readonly ToldApp[]): Promise<LeftApp[]> => rowsOf(await find(rooms, apps)),

    /** Where the link "stay signed in" leads: back to the app that asked, or to what is the person's own. */
    async stayAt(clientId: string | undefined): Promise<string> {
      const client = clientId === undefined ? undefined : await rooms.clients.find(clientId);
      return (client && appWithWayBack(client, issuer).url) ?? '/account';
    },

    /** The page after a sign-out, with the frames of the apps that are told on it. */
    draw: (ctx: Context, now: Now): Promise<string> => draw(rooms, ctx, now),
  };
}

async function draw(rooms: Rooms, ctx: Context, { client, isSignedIn, apps }: Now): Promise<string> {
  const { pages, clock } = rooms;
  const isUsed = (id: string | undefined) => apps.some(({ clientId }) => clientId === id);
  const read = rooms.last.read(ctx);
  // Signed in again, as whomever: what was ended before is not what this page is about.
  const isOutdated = read?.left === undefined ? isSignedIn : isUsed(read.left);
  const kept = isOutdated ? undefined : read;
  const isFresh = kept !== undefined && clock.now() < kept.at + freshMs;
  const found = await find(rooms, kept?.apps ?? []);
  const frames = isFresh ? framesOf(found) : [];
  allowFrames(
    ctx,
    frames.map(({ url }) => url),
  );
  if (isFresh && kept.onward) return drawOnward(rooms, ctx, kept, { found, frames, url: kept.onward.url });
  const isLeft = isSignedIn && client !== undefined && !isUsed(client.id);
  return pages.draw(ctx, 'logout/signed-out', {
    state: isLeft ? 'left' : isSignedIn ? 'in' : 'out',
    ...(client && { client }),
    apps: kept?.left === undefined ? rowsOf(found) : [],
    more: kept?.more ?? 0,
    frames,
  });
}

type Shown = { found: Found[]; frames: FrameModel[]; url: string };

/** On the way to an app: its address, and those that this page has no frame for and nobody else tells. */
async function drawOnward(
  { pages, clients, issuer }: Rooms,
  ctx: Context,
  { left, onward }: LastSignOut,
  { found, frames, url }: Shown,
): Promise<string> {
  const client = onward && (await clients.find(onward.clientId));
  const { host } = new URL(url);
  // An app on a device has no host: it goes by its name.
  const app = client && { ...appWithWayBack(client, issuer), host: host || client.name };
  const untold = rowsOf(found).filter(({ isTold }) => !isTold);
  const names = untold.map(({ name }) => name);
  const stays = ctx.query.stay !== undefined;
  // Who needs longer to read it can stop it (WCAG 2.2.1).
  if (!stays) ctx.set('Refresh', `${onwardSeconds}; url=${url}`);
  return pages.draw(ctx, 'logout/going-on', {
    ...{ url, seconds: onwardSeconds, isLeft: left !== undefined, frames, untold: names },
    ...(!stays && { stay: withQuery(ctx.url, { stay: '1' }) }),
    ...(app && { app }),
  });
}

/** `frame`: the address by which it is told in the browser. `isTold`: by whatever means. */
type Found = { told: ToldApp; app: App; frame?: string | undefined; isTold: boolean };

/** Clients that are still there, by name. */
async function find({ clients, issuer }: Rooms, apps: readonly ToldApp[]): Promise<Found[]> {
  const all = await Promise.all(
    apps.map(async (told): Promise<Found[]> => {
      const client = await clients.find(told.clientId);
      if (!client) return [];
      const frame = frameAddressOf(client, told.sid, issuer);
      return [{ told, app: appWithWayBack(client, issuer), frame, isTold: isToldDirectly(client, told) }];
    }),
  );
  return all.flat().sort((one, other) => one.app.name.localeCompare(other.app.name));
}

/** By Postern itself (domain/logout): it has an address for that, and can make something of what it is told. */
const isToldDirectly = (client: Client, { sid }: ToldApp): boolean =>
  client.backchannelLogoutUri !== undefined && (sid !== undefined || client.backchannelLogoutSessionRequired !== true);

const framesOf = (found: readonly Found[]): FrameModel[] =>
  found.flatMap(({ app, frame }) => (frame === undefined ? [] : [{ name: app.name, url: frame }])).slice(0, mostFrames);

function rowsOf(found: readonly Found[]): LeftApp[] {
  const framed = new Set(found.filter(({ frame }) => frame !== undefined).slice(0, mostFrames));
  return found.map((one) => ({ ...one.app, isTold: one.isTold || framed.has(one) }));
}

/** The sign-in form as somebody who guesses sees it: one open page, any number of tries from any address. */
import type { Answer } from '../../src/testing/sign-in.ts';
import type { PosternOptions } from '../../src/testing/testing.ts';
import { formOf } from './silent.ts';
import { createWorld, type World } from './world.ts';

export type Guess = { username: string; password: string };
export type Door = Awaited<ReturnType<typeof openDoor>>;

/** The common fixture with throttling on; the address of a caller is what X-Forwarded-For says. */
export const createThrottledWorld = ({ throttle, ...options }: PosternOptions = {}): Promise<World> =>
  createWorld({ http: { trustProxy: ['127.0.0.1'] }, throttle: { enabled: true, ...throttle }, ...options });

/** A sign-in page in a browser of its own. `wrong` and the like post to it; after a right password it is used up. */
export async function openDoor(world: World, visitor = world.visitor()) {
  const page = await visitor.open(world.authorizeUrl('app'));
  const attempt = (guess: Guess, ip = '192.0.2.1'): Promise<Answer> =>
    visitor.request(page.url, { method: 'POST', body: formOf(page, guess), headers: { 'x-forwarded-for': ip } });
  return {
    page,
    visitor,
    attempt,
    wrong: (username: string, ip?: string) => attempt({ username, password: 'not the password' }, ip),
    /** The right password. */
    right: (name: keyof World['people'], ip?: string) => {
      const { username, password } = world.people[name];
      return attempt({ username, password }, ip);
    },
  };
}

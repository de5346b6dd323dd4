import { isPosternError } from '../base/errors.ts';
import { type Outbound, outboundFailureOf } from '../base/outbound.ts';
import type { PostLogout } from '../domain/logout/logout.ts';

/** Of an app's answer the beginning is enough: it says whether, and perhaps why not. */
const mostBytes = 2048;

/** How a logout token goes out: through the guard of all outgoing calls; whatever keeps it from arriving is a sentence. */
export function createPostLogout({ post }: Outbound): PostLogout {
  return async (url, form) => {
    try {
      const { status, body } = await post(url, { form, maxBytes: mostBytes, truncate: true });
      return { status, answer: readable(body) };
    } catch (error) {
      const failure = outboundFailureOf(error);
      if (failure === undefined && !isPosternError(error)) throw error;
      return { problem: (error as Error).message };
    }
  };
}

/** Text as it is shown to people: no control characters, nothing that turns the direction of what follows. */
const readable = (body: Buffer): string =>
  body
    .toString('utf8')
    .replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();

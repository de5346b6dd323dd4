/** Requests to the REST API with one key or token. Every answer is checked for what none may be, see refusals.ts. */
import { type Answer, ask } from './endpoint.ts';

export type ApiRequestOptions = {
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
};
export type RequestApi = ReturnType<typeof createRequestApi>;

/** Returns `request(method, path, options)`: `path` is what follows /api/v1; without a credential nobody asks. */
export function createRequestApi(issuer: string, credential?: string) {
  return (method: string, path: string, { body, headers = {} }: ApiRequestOptions = {}): Promise<Answer> => {
    const sent: Record<string, string> = { ...headers };
    if (credential !== undefined) sent.authorization = `Bearer ${credential}`;
    if (body !== undefined) sent['content-type'] ??= 'application/json';
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    return ask(`${issuer}/api/v1${path}`, { method, headers: sent, ...(text !== undefined && { body: text }) });
  };
}

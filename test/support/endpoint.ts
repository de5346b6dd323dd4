/** Requests to the endpoints that apps talk to. Every answer is checked for what none may be, see refusals.ts. */
import { expectHarmless } from './refusals.ts';
import type { World } from './world.ts';

export type Form = Record<string, string | undefined>;
export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of any shape, read by tests; undefined when it is none
  body: any;
};

/** Values that a refusal must not repeat. */
const secretFields = ['code', 'code_verifier', 'refresh_token', 'token', 'client_secret', 'client_assertion'];

export async function ask(url: string, init: RequestInit = {}, secrets: string[] = []): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const answer = { status: response.status, headers: response.headers, text };
  expectHarmless(answer, response.ok ? [] : secrets);
  const isJson = text !== '' && response.headers.get('content-type')?.includes('json') === true;
  return { ...answer, body: isJson ? JSON.parse(text) : undefined };
}

/** Posts a form; `undefined` leaves a field out. */
export function post(url: string, form: Form, headers: Record<string, string> = {}): Promise<Answer> {
  const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined);
  const secrets = fields.filter(([name, value]) => secretFields.includes(name) && value.length > 8);
  const body = new URLSearchParams(fields);
  return ask(
    url,
    { method: 'POST', body, headers },
    secrets.map(([, value]) => value),
  );
}

export const basic = (id: string, secret: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});

export type ClientName = 'app' | 'app2' | 'spa' | 'cli';

/** How a client of the common fixture proves itself: header and fields. */
export function credentials({ secrets }: World, client: ClientName): { headers: Record<string, string>; form: Form } {
  if (client === 'app' || client === 'app2') return { headers: basic(client, secrets[client]), form: {} };
  return { headers: {}, form: { client_id: client } };
}

/** The endpoints of a world, each asked by one of its clients. */
export function endpointsOf(world: World) {
  const { issuer } = world;
  const as = (path: string) => (client: ClientName, form: Form) => {
    const own = credentials(world, client);
    return post(`${issuer}${path}`, { ...own.form, ...form }, own.headers);
  };
  const token = as('/token');

  return {
    token,
    introspect: as('/introspect'),
    revoke: as('/revoke'),
    userinfo: (accessToken: string, headers: Record<string, string> = {}) =>
      ask(`${issuer}/userinfo`, { headers: { authorization: `Bearer ${accessToken}`, ...headers } }, [accessToken]),

    /** A person signs in and allows; the code that the app gets. */
    async code(client: ClientName, changes: Record<string, string | undefined> = {}): Promise<string> {
      const answer = await world.signIn(world.visitor(), world.authorizeUrl(client, changes));
      const code = answer.searchParams.get('code');
      if (code === null) throw new Error(`There is no code in ${answer.href}`);
      return code;
    },

    /** The tokens of a person who has signed in at a client. */
    async tokens(client: ClientName, changes: Record<string, string | undefined> = {}, form: Form = {}) {
      const code = await this.code(client, changes);
      const { status, body } = await token(client, { ...world.codeForm(client, code), ...form });
      if (status !== 200) throw new Error(`No tokens: ${JSON.stringify(body)}`);
      return body as { access_token: string; refresh_token: string; id_token: string; scope: string };
    },
  };
}

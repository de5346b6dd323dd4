/** A device without a browser (RFC 8628), and the person's side of its page. */
import { randomBytes } from 'node:crypto';
import type { Answer, Visitor } from '../../src/testing/sign-in.ts';

export type DeviceRequest = {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
};
export type Polled = { status: number; body: Record<string, string> };

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
/** Letters of user codes; each of eight places holds one. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';

/** A user code that nobody was given. */
export const wrongCode = (): string => [...randomBytes(8)].map((byte) => letters[byte % letters.length]).join('');

/** A device that knows its client; without a secret it is public. */
export function createDevice(issuer: string, client: { id: string; secret?: string }) {
  const headers: Record<string, string> =
    client.secret === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` };
  const credentials: Record<string, string> = client.secret === undefined ? { client_id: client.id } : {};

  async function post(path: string, fields: Record<string, string>): Promise<Polled> {
    const body = new URLSearchParams({ ...credentials, ...fields });
    const response = await fetch(`${issuer}${path}`, { method: 'POST', headers, body });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  }

  return {
    async begin(scope = 'openid profile'): Promise<DeviceRequest> {
      const { status, body } = await post('/device/code', { scope });
      if (status !== 200) throw new Error(`The device was refused: ${JSON.stringify(body)}`);
      return body as unknown as DeviceRequest;
    },
    poll: (deviceCode: string) => post('/token', { grant_type: grantType, device_code: deviceCode }),
  };
}

/** Opens the device page and enters the code: the page that asks for confirmation, or says what is wrong. */
export async function enterCode(visitor: Visitor, userCode: string): Promise<Answer> {
  return visitor.submit(await visitor.open('/device'), { user_code: userCode });
}

/** Confirms, signs in and allows, as far as it is asked. */
export async function approve(
  visitor: Visitor,
  userCode: string,
  person: { username: string; password: string },
): Promise<Answer> {
  let page = await visitor.submit(await enterCode(visitor, userCode), { confirm: 'yes' });
  if (page.text.includes('name="password"')) page = await visitor.submit(page, person);
  if (page.text.includes('id="consent-allow"')) page = await visitor.submit(page, { do: 'allow' });
  return page;
}

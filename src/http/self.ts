import { request } from 'node:http';

type Listening = { port: number; addresses: string[] };

/**
 * Asks this server's own token endpoint over the address it listens on, under the issuer's name. Used where Postern signs
 * people in to itself and stands where an app would stand. Without `authorization` as a public client.
 */
export function createRequestToSelf(listening: () => Listening | undefined, authority: string) {
  return (form: URLSearchParams, authorization?: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { port, addresses } = listening() ?? { port: 0, addresses: [] };
      const host = loopbackOf(addresses[0] ?? '127.0.0.1');
      const headers = {
        host: authority,
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization !== undefined && { authorization }),
      };
      const outgoing = request({ host, port, path: '/token', method: 'POST', headers, timeout: 5000 }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('The token endpoint did not answer.')));
      outgoing.on('error', reject);
      outgoing.end(form.toString());
    });
}

/** What listens on every address also answers on loopback. */
function loopbackOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

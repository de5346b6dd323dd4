/** What the environment of the process does to outgoing calls: proxies must not, authorities may, switches must not. */
import { writeFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createOutbound } from '../../src/base/outbound.ts';
import { makeCertificate } from '../support/certificates.ts';
import { failureOf, listen } from '../support/outbound-targets.ts';
import { spawnNode, temporaryFolder } from '../support/spawned.ts';

type Task = { mode: string; url: string; allow?: string[]; plain?: boolean };

/** Calls out from a process with that environment; the outcome is its answer or its failure. */
async function callWith(env: Record<string, string>, task: Task) {
  const caller = new URL('../support/outbound-caller.ts', import.meta.url).pathname;
  const { out, err, status } = await spawnNode([caller, JSON.stringify(task)], { env }).ended;
  if (status !== 0) throw new Error(err);
  return JSON.parse(out) as Record<string, unknown>;
}

/** An https server under localhost; counts the requests that it could read. */
async function serveTls(options: ServerOptions) {
  const seen = { requests: 0 };
  const server = createServer(options, (_request, response) => {
    seen.requests += 1;
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { port: number };
  return { port, seen, url: `https://localhost:${port}/` };
}

const outbound = createOutbound({ mode: 'dev', allow: [], timeoutMilliseconds: 5000 });

it('I12 proxies that the environment names are not asked: neither around the guard nor on an allowed call', async () => {
  const proxy = await listen();
  const target = await listen();
  const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  const env = { ...Object.fromEntries(named.map((name) => [name, proxy.url()])), NODE_USE_ENV_PROXY: '1' };

  const plain = await callWith(env, { mode: 'dev', url: target.url(), plain: true });
  expect(plain.status, 'a request without the guard goes through the proxy').toBe(200);
  expect({ proxy: proxy.seen.connections, target: target.seen.connections }).toEqual({ proxy: 1, target: 0 });

  const refused = await callWith(env, { mode: 'serve', url: target.url() });
  expect(refused).toMatchObject({ reason: 'address_refused', summary: 'refused: loopback address' });
  const tls = await callWith(env, { mode: 'serve', url: target.url('10.0.0.5').replace('http:', 'https:') });
  expect(tls).toMatchObject({ reason: 'address_refused' });
  expect({ proxy: proxy.seen.connections, target: target.seen.connections }).toEqual({ proxy: 1, target: 0 });

  const allowed = await callWith(env, { mode: 'serve', url: target.url(), allow: ['127.0.0.1'] });
  expect(allowed).toMatchObject({ status: 200 });
  expect({ proxy: proxy.seen.connections, target: target.seen.connections }).toEqual({ proxy: 1, target: 1 });
});

it('a certificate of an authority that nobody knows is refused before a request is sent', async () => {
  const self = await serveTls(makeCertificate({ name: 'localhost' }));
  const failure = await failureOf(outbound.post(`${self.url}?logout=secret`, { form: { logout_token: 'secret' } }));
  expect(failure).toMatchObject({
    code: 'unavailable',
    reason: 'certificate_refused',
    summary: 'TLS certificate is not trusted',
    message: `https://localhost:${self.port} has a TLS certificate that is not trusted here. For a CA of your own, start Postern with NODE_EXTRA_CA_CERTS=<its PEM file>.`,
  });
  expect(self.seen.requests).toBe(0);
});

it('NODE_EXTRA_CA_CERTS names an authority; expired certificates and those for another name stay refused', async () => {
  const authority = makeCertificate({ name: 'Our own CA', isAuthority: true });
  const issued = (name: string, notAfter?: Date) =>
    serveTls(makeCertificate({ name, issuer: authority.as, ...(notAfter && { notAfter }) }));
  const file = join(temporaryFolder(), 'ca.pem');
  writeFileSync(file, authority.cert);
  const env = { NODE_EXTRA_CA_CERTS: file };

  const good = await issued('localhost');
  expect(await callWith({}, { mode: 'dev', url: good.url })).toMatchObject({ reason: 'certificate_refused' });
  expect(good.seen.requests).toBe(0);
  expect(await callWith(env, { mode: 'dev', url: good.url })).toMatchObject({ status: 200, bytes: 2 });
  expect(good.seen.requests).toBe(1);

  const expired = await issued('localhost', new Date(Date.now() - 86_400_000));
  expect(await callWith(env, { mode: 'dev', url: expired.url })).toMatchObject({
    reason: 'certificate_refused',
    summary: 'TLS certificate has expired',
  });
  const foreign = await issued('other.example.org');
  expect(await callWith(env, { mode: 'dev', url: foreign.url })).toMatchObject({
    reason: 'certificate_refused',
    summary: 'TLS certificate is for another name',
  });
  expect(expired.seen.requests + foreign.seen.requests).toBe(0);
});

it.each(['localhost', 'localhost.', 'LOCALHOST'])(
  'asks %s for its certificate by the name alone (RFC 6066 §3)',
  async (host) => {
    const names: string[] = [];
    const { port } = await serveTls({
      ...makeCertificate({ name: 'localhost' }),
      SNICallback: (name, done) => {
        names.push(name);
        done(null);
      },
    });
    expect(await failureOf(outbound.get(`https://${host}:${port}/`))).toMatchObject({ reason: 'certificate_refused' });
    expect(names).toEqual(['localhost']);
  },
);

it('NODE_TLS_REJECT_UNAUTHORIZED=0 opens nothing', async () => {
  const self = await serveTls(makeCertificate({ name: 'localhost' }));
  const outcome = await callWith({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { mode: 'dev', url: self.url });
  expect(outcome).toMatchObject({ reason: 'certificate_refused' });
  expect(self.seen.requests).toBe(0);
});

it('http and https taken for each other are told apart from a target that is down', async () => {
  const plain = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const asTls = await failureOf(outbound.get(plain.url('localhost').replace('http:', 'https:')));
  expect(asTls).toMatchObject({ reason: 'tls_failed', summary: 'TLS failed' });
  const tls = await serveTls(makeCertificate({ name: 'localhost' }));
  const asPlain = await failureOf(outbound.get(tls.url.replace('https:', 'http:')));
  expect(asPlain.reason).toMatch(/^(not_http|connection_closed)$/);
  expect(tls.seen.requests).toBe(0);
});

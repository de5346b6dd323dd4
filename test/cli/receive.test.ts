import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { createSigner, deliver, logoutClaims, servePublished } from '../support/logout-tokens.ts';
import { spawnPostern } from '../support/spawned.ts';

const signer = await createSigner('ES256');

/** The command, waiting; a signer of its issuer's tokens; and its end by Ctrl-C. */
async function receiving(...argv: string[]) {
  const { issuer } = await servePublished([signer.jwk]);
  const spawned = spawnPostern(['receive', '--issuer', issuer, '--client-id', 'grafana', '--port', '0', ...argv]);
  await spawned.saying('/backchannel-logout');
  const url = /http:\/\/127\.0\.0\.1:\d+\/backchannel-logout/.exec(spawned.written.out)?.[0] ?? '';
  const token = (changes = {}, header = {}) =>
    signer.sign({ claims: logoutClaims(issuer, Date.now(), changes), header });
  const interrupt = () => {
    spawned.kill('SIGINT');
    return spawned.ended;
  };
  return { ...spawned, issuer, url, token, interrupt };
}

describe('postern receive', () => {
  it('prints where it is, a block for each token, and ends well at Ctrl-C', async () => {
    const { issuer, url, token, interrupt } = await receiving();
    expect((await deliver(url, await token({ jti: 'j1' }))).status).toBe(200);
    expect((await deliver(url, await token({ jti: 'j2', sid: undefined }, { typ: undefined }))).status).toBe(200);
    const { status, out, err } = await interrupt();
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.replace(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}Z/gm, '<time>')).toBe(
      `Register as backchannel_logout_uri: ${url}
Waiting for logout tokens of ${issuer} for grafana. Ctrl-C ends it.

<time>  valid, answered 200
  sub        acc_1
  sid        session-1
  jti        j1

<time>  valid, answered 200
  typ        warning: received nothing; expected "logout+jwt". Set the header parameter typ, so that no other token can pass for a logout token (recommended, §2.4).
  sub        acc_1
  jti        j2

2 received: 2 valid, 0 refused.
`,
    );
  });

  it('says what is wrong, line by line, without steering the terminal; and ends with 1', async () => {
    const { url, token, interrupt } = await receiving();
    const made = await token({ aud: 'other', sub: '\u001b[31mred\u202e', nonce: 'n' });
    expect((await deliver(url, made)).status).toBe(400);
    const { status, out } = await interrupt();
    expect(status).toBe(1);
    expect(out).toContain(
      `  aud        Received "other"; expected "grafana". Put the client_id of the app into aud, as text or in a list (§2.4).\n`,
    );
    expect(out).toMatch(/^ {2}nonce {6}Received "n"; expected no nonce\. .*\n {2}sub {8}\\u001b\[31mred\\u202e\n/m);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(out).not.toContain(made.split('.')[2]);
    expect(out).toContain('1 received: 0 valid, 1 refused.\n');
  });

  it('is JSON Lines for scripts: the url, then a line for each request', async () => {
    const { url, token, interrupt } = await receiving('--json');
    await deliver(url, await token({ jti: 'j1', sub: 'a\u0085b' }));
    await deliver(url, 'junk');
    const { status, out, err } = await interrupt();
    expect({ status, err }).toEqual({ status: 1, err: '2 received: 1 valid, 1 refused.\n' });
    expect(out).not.toContain('\u0085');
    const [first, ...lines] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ url });
    expect(lines).toMatchObject([
      { at: expect.stringMatching(/^\d{4}.*Z$/), valid: true, status: 200, sub: 'a\u0085b', jti: 'j1', problems: [] },
      { valid: false, status: 400, problems: [{ step: 'form', received: '1 part' }] },
    ]);
  });

  it('plays an app that is down for the first deliveries, for an algorithm and an audience of its own', async () => {
    const flags = ['--status', '500', '--times', '2', '--delay', '1', '--alg', 'ES256', '--audience', 'api'];
    const { url, token, interrupt } = await receiving(...flags);
    const made = await token({ aud: ['grafana', 'api'] });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await deliver(url, made)).status);
    expect(statuses).toEqual([500, 500, 200]);
    expect(await interrupt()).toMatchObject({ status: 0, out: expect.stringContaining('valid, answered 500') });
  });

  it('ends with a sentence where it can not listen', async () => {
    const { url, issuer } = await receiving();
    const { port } = new URL(url);
    const second = spawnPostern(['receive', '--issuer', issuer, '--client-id', 'grafana', '--port', port]);
    expect(await second.ended).toMatchObject({
      status: 75,
      out: '',
      err: expect.stringContaining(`Port ${port} is taken`),
    });
  });

  const named = ['--issuer', 'https://id.example.org', '--client-id', 'grafana'];
  it.each<[string[], string]>([
    [[], '--issuer is missing\n  --client-id is missing'],
    [[...named, '--times', '3'], '--times needs --status'],
    [[...named, '--status', '99'], '--status must be a whole number from 200 to 599'],
    [[...named, '--port', 'x'], '--port must be a whole number'],
    [[...named, '--data', '/tmp'], '--data is not a flag here'],
    [[...named, '--stauts', '500'], 'Did you mean --status?'],
    [[...named, 'word'], 'one word too many'],
    [['--issuer', 'id.example.org', '--client-id', 'grafana'], 'issuer must be an address'],
  ])('refuses %j with 64', async (argv, text) => {
    const said: Record<'out' | 'err', string[]> = { out: [], err: [] };
    const io = { out: (line: string) => void said.out.push(line), err: (line: string) => void said.err.push(line) };
    expect(await run(['receive', ...argv], io)).toBe(64);
    expect(said.out).toEqual([]);
    expect(said.err.join('')).toContain(text);
  });
});

import { describe, expect, it } from 'vitest';
import { PosternError } from '../../src/base/errors.ts';
import { createLog } from '../../src/base/log.ts';

function capture(level: 'trace' | 'info' = 'trace') {
  const lines: string[] = [];
  return { log: createLog({ level, stream: { write: (line: string) => void lines.push(line) } }), lines };
}

describe('N07 the log', () => {
  it('N07 drops every member that is not on its list, whatever it is called', () => {
    const { log, lines } = capture();
    const secret = 'never-to-be-seen';
    const members = [
      'password',
      'token',
      'secret',
      'cookie',
      'authorization',
      'body',
      'query',
      'headers',
      'anything',
      'req',
    ];
    log.info(Object.fromEntries(members.map((name) => [name, secret])), 'said');
    log.warn({ requestId: 'r', status: 200, nested: { password: secret } }, 'said');
    expect(lines.join('')).not.toContain(secret);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ level: 'warn', requestId: 'r', status: 200, msg: 'said' });
  });

  it('N07 writes of an error its name, code, message, stack and cause, and none of its other members', () => {
    const { log, lines } = capture();
    const cause = Object.assign(new Error('the cause'), { code: 'ECONNREFUSED', headers: { cookie: 'a-cookie' } });
    const error = Object.assign(new PosternError('unavailable', 'The message.', { cause }), { body: 'a-body' });
    log.error({ error }, 'failed');
    const line = JSON.parse(lines[0] ?? '');
    expect(line.error).toMatchObject({ name: 'PosternError', code: 'unavailable', message: 'The message.' });
    expect(line.error.cause).toMatchObject({ message: 'the cause', code: 'ECONNREFUSED' });
    expect(line.error.stack).toContain('log.test');
    expect(lines[0]).not.toMatch(/a-cookie|a-body/);
  });

  it('writes one JSON line each, with an ISO time, from its level on', () => {
    const { log, lines } = capture('info');
    log.debug('not this');
    log.info('with\na line break');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '').time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

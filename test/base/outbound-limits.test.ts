/** How long and how large an outgoing call gets, whatever is at the other end. */
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createOutbound } from '../../src/base/outbound.ts';
import { failureOf, listen } from '../support/outbound-targets.ts';
import { spawnNode } from '../support/spawned.ts';

const timeoutMilliseconds = 250;
const outbound = createOutbound({ mode: 'testing', allow: [], timeoutMilliseconds, maxBytes: 1000 });
const patient = createOutbound({ mode: 'testing', allow: [], timeoutMilliseconds: 10_000 });

/** Writes without end, as fast as the other side reads. */
function endlessly(socket: Socket, piece: string | Buffer): void {
  const fill = () => {
    while (socket.writable && socket.write(piece));
  };
  socket.on('drain', fill);
  fill();
}

/** Writes a piece every few milliseconds. */
function slowly(socket: Socket, pieces: () => string): void {
  const writing = setInterval(() => {
    if (socket.writable) socket.write(pieces());
  }, 20);
  socket.on('close', () => clearInterval(writing));
}

const ok = 'HTTP/1.1 200 OK\r\n';
/** 60 KiB that inflate to 60 MiB. */
const bomb = gzipSync(Buffer.alloc(60 * 1_048_576));

/** What never ends by itself. */
const endings: Record<string, (socket: Socket) => void> = {
  'no answer at all': () => undefined,
  'one byte of the body at a time': (socket) => {
    socket.write(`${ok}\r\n`);
    slowly(socket, () => 'x');
  },
  'one byte of the body at a time, with a length': (socket) => {
    socket.write(`${ok}content-length: 999\r\n\r\n`);
    slowly(socket, () => 'x');
  },
  'one byte of a chunk at a time': (socket) => {
    socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
    slowly(socket, () => '1\r\nx\r\n');
  },
  'one byte of a header at a time': (socket) => {
    socket.write(`${ok}x-slow: `);
    slowly(socket, () => 'x');
  },
  'one byte of the status line at a time': (socket) => {
    const line = [...ok];
    slowly(socket, () => line.shift() ?? '');
  },
  'headers, then nothing': (socket) => socket.write(`${ok}content-length: 2\r\n\r\n`),
  'another protocol (101)': (socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
};

describe('I08 an answer that never ends', () => {
  it.each(Object.keys(endings))('I08 %s: the call ends at its time limit', async (name) => {
    const target = await listen((socket, text) => {
      if (text.includes('\r\n\r\n')) endings[name]?.(socket);
    });
    const startedAt = performance.now();
    const failure = await failureOf(outbound.post(target.url(), { form: { a: 'b' }, truncate: true }));
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(target.seen.connections).toBe(1);
    expect(failure).toMatchObject({ code: 'unavailable', reason: 'timed_out', summary: 'timed out after 0.25 s' });
    expect(failure.milliseconds).toBeGreaterThanOrEqual(timeoutMilliseconds - 5);
    await expect.poll(target.open).toBe(0);
  });

  it('I08 a name server that does not answer: the call ends at its time limit, and connects to nothing later', async () => {
    const target = await listen();
    const answer = Promise.withResolvers<{ address: string }[]>();
    const waiting = createOutbound({ mode: 'dev', allow: [], timeoutMilliseconds, resolve: () => answer.promise });
    const failure = await failureOf(waiting.get(target.url('app.example.org')));
    expect(failure.reason).toBe('timed_out');
    answer.resolve([{ address: '127.0.0.1' }]);
    // Whatever the late answer set off would be on its way before this call.
    await patient.get(target.url());
    expect(target.seen.connections).toBe(1);
  });

  it('I08 a handshake that does not go on: the call ends at its time limit', async () => {
    const target = await listen(() => undefined);
    const failure = await failureOf(outbound.get(target.url().replace('http:', 'https:')));
    expect(failure.reason).toBe('timed_out');
  });

  it('I08 a target that does not read what it is sent: the call ends at its time limit', async () => {
    const target = await listen((socket) => socket.pause(), { atOnce: true });
    const body = Buffer.alloc(32 * 1_048_576);
    const failure = await failureOf(outbound.post(target.url(), { body, contentType: 'application/octet-stream' }));
    expect(failure.reason).toBe('timed_out');
  });

  it('I08 the limit of one call wins over the common one', async () => {
    const target = await listen(() => undefined);
    expect(await failureOf(patient.get(target.url(), { timeoutMilliseconds: 50 }))).toMatchObject({
      summary: 'timed out after 0.05 s',
    });
  });
});

describe('I08 an answer that is too large', () => {
  const flood = (head: string) => (socket: Socket) => {
    socket.write(head);
    endlessly(socket, Buffer.alloc(65_536, 'x'));
  };

  it('I08 is a failure, and the connection is closed at once', async () => {
    const target = await listen(flood(`${ok}\r\n`));
    expect(await failureOf(patient.get(target.url(), { maxBytes: 1000 }))).toMatchObject({
      code: 'unavailable',
      reason: 'answer_too_large',
      message: `http://127.0.0.1:${target.port} answered with more than 1000 bytes. It should answer briefly.`,
    });
    await expect.poll(target.open).toBe(0);
  });

  it('I08 is cut off where only its beginning is wanted', async () => {
    const target = await listen(flood(`HTTP/1.1 500 Oh\r\ncontent-length: 99999999\r\n\r\n`));
    const answer = await patient.get(target.url(), { maxBytes: 10, truncate: true });
    expect(answer).toMatchObject({ status: 500, isTruncated: true });
    expect(answer.body.toString()).toBe('xxxxxxxxxx');
    await expect.poll(target.open).toBe(0);
  });

  it('I08 one that fits to the byte is whole', async () => {
    const target = await listen((socket) => socket.end(`${ok}content-length: 10\r\n\r\n0123456789`));
    const answer = await patient.get(target.url(), { maxBytes: 10, truncate: true });
    expect(answer.isTruncated).toBe(false);
    expect(answer.body.toString()).toBe('0123456789');
    expect(await failureOf(patient.get(target.url(), { maxBytes: 9 }))).toMatchObject({ reason: 'answer_too_large' });
  });

  it('I08 the frames of chunks count too, once they outweigh what is in them', async () => {
    const chunked = (size: number, count: number) =>
      listen((socket) => {
        socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
        socket.end(`${`${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(count)}0\r\n\r\n`);
      });
    expect((await patient.get((await chunked(4096, 16)).url())).body.length).toBe(65_536);
    expect(await failureOf(patient.get((await chunked(1, 60_000)).url()))).toMatchObject({
      reason: 'answer_too_large',
    });
  });

  it('I08 headers without end are a failure', async () => {
    const target = await listen((socket) => {
      socket.write(ok);
      endlessly(socket, `x-more: ${'y'.repeat(1000)}\r\n`);
    });
    expect(await failureOf(patient.get(target.url()))).toMatchObject({ reason: 'answer_too_large' });
    await expect.poll(target.open).toBe(0);
  });

  it('I08 compression is not asked for, and what is compressed anyway is handed on as it came', async () => {
    const target = await listen((socket) => {
      socket.write(`${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.end(bomb);
    });
    const answer = await patient.get(target.url());
    expect(answer.body.equals(bomb)).toBe(true);
    expect(target.seen.requests).toContain('accept-encoding: identity\r\n');
    expect(target.seen.requests).not.toContain('gzip');
  });
});

describe('I08 memory, with the limits that Postern comes with', () => {
  const attacks: Record<string, (socket: Socket) => void> = {
    'an endless body': (socket) => {
      socket.write(`${ok}\r\n`);
      endlessly(socket, Buffer.alloc(65_536, 'x'));
    },
    'a body in chunks of one byte': (socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
      endlessly(socket, '1\r\nx\r\n'.repeat(10_000));
    },
    'a chunk with an endless extension': (socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n1;`);
      endlessly(socket, Buffer.alloc(65_536, 'x'));
    },
    'trailers without end': (socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`);
      endlessly(socket, `x-more: ${'y'.repeat(1000)}\r\n`);
    },
    'headers without end': (socket) => {
      socket.write(ok);
      endlessly(socket, `x-more: ${'y'.repeat(1000)}\r\n`);
    },
    'promises (1xx) without end': (socket) => endlessly(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)),
    'a gzip bomb': (socket) => {
      socket.write(`${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.end(bomb);
    },
  };

  it.each(Object.keys(attacks))('I08 %s: over in 3 s, and less than 10 MiB grown', async (name) => {
    const tame = await listen();
    const target = await listen((socket, text) => {
      if (text.includes('\r\n\r\n')) attacks[name]?.(socket);
    });
    // Each little piece lies about until it is collected: what counts is that one call's do not add to another's.
    const warmUp = name === 'a body in chunks of one byte' ? target.url() : tame.url();
    const task = JSON.stringify({ mode: 'dev', url: target.url(), warmUp });
    const script = new URL('../support/outbound-caller.ts', import.meta.url).pathname;
    // V8 lets the space for new objects grow to 32 MiB when collecting can't keep up; that is not what a call holds.
    const caller = spawnNode(['--max-semi-space-size=1', script, task]);
    const { out, err } = await caller.ended;
    const outcome = out === '' ? err : JSON.parse(out);
    expect(outcome.grownMebibytes).toBeLessThan(10);
    expect(outcome.milliseconds).toBeLessThan(3000);
    if (name === 'a gzip bomb') expect(outcome).toMatchObject({ status: 200, bytes: expect.any(Number) });
    else expect(outcome.reason).toBe('answer_too_large');
  });
});

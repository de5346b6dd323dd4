import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { installLastResort } from '../../src/cli/last-resort.ts';

afterEach(() => vi.useRealTimers());

function install(stop: () => Promise<unknown>) {
  const source = new EventEmitter();
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', stream: { write: (text: string) => void lines.push(JSON.parse(text)) } });
  const exited = Promise.withResolvers<number>();
  const exit = vi.fn((status: number) => exited.resolve(status));
  return { source, lines, exit, exited: exited.promise, remove: installLastResort({ log, stop, exit, source }) };
}

describe('installLastResort', () => {
  it.each(['uncaughtException', 'unhandledRejection'])(
    'O14 %s: logs it whole, drains, then exits with 1',
    async (event) => {
      const drained = Promise.withResolvers<void>();
      const { source, lines, exit, exited } = install(() => drained.promise);
      source.emit(event, new Error('injected'));
      expect(lines).toEqual([
        expect.objectContaining({
          level: 'fatal',
          error: expect.objectContaining({ message: 'injected', stack: expect.any(String) }),
        }),
      ]);
      expect(exit).not.toHaveBeenCalled();
      drained.resolve();
      expect(await exited).toBe(1);
    },
  );

  it('O14 exits after ten seconds when the drain hangs, and when it fails', async () => {
    vi.useFakeTimers();
    const hanging = install(() => new Promise(() => {}));
    hanging.source.emit('unhandledRejection', 'not even an error');
    await vi.advanceTimersByTimeAsync(9_999);
    expect(hanging.exit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(hanging.exit).toHaveBeenCalledExactlyOnceWith(1);
    const failing = install(() => Promise.reject(new Error('store gone')));
    failing.source.emit('uncaughtException', new Error('injected'));
    expect(await failing.exited).toBe(1);
    expect(failing.lines).toHaveLength(2);
  });

  it('O14 further errors are logged and drain once', async () => {
    const stop = vi.fn(() => Promise.resolve());
    const { source, lines, exit, exited } = install(stop);
    for (const count of [1, 2, 3]) source.emit('uncaughtException', new Error(`injected ${count}`));
    await exited;
    expect(stop).toHaveBeenCalledTimes(1);
    expect(exit).toHaveBeenCalledTimes(1);
    expect(lines).toHaveLength(3);
  });

  it('can be taken off', () => {
    const { source, remove } = install(() => Promise.resolve());
    remove();
    expect(source.eventNames()).toEqual([]);
  });
});

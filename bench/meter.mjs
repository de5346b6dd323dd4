/**
 * Loaded into a measured server with `--import`: answers over the parent's IPC channel what the process has used, so that
 * no HTTP route has to exist for it. Knows nothing about the server.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

let profiler;
let longestBlock = 0;
let watching;

/** Between two turns of the event loop: the time that passed, or less where this thread did not have the processor. */
function watchLoop() {
  let before = { at: performance.now(), cpu: process.threadCpuUsage() };
  watching = setInterval(() => {
    const at = performance.now();
    const { user, system } = process.threadCpuUsage(before.cpu);
    longestBlock = Math.max(longestBlock, Math.min(at - before.at, (user + system) / 1000));
    before = { at, cpu: process.threadCpuUsage() };
  }, 1);
  watching.unref();
}

const answers = {
  usage: () => ({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }),
  /** How long the event loop was kept by work at most since this was asked the last time, in ms. */
  longestBlock() {
    if (!watching) watchLoop();
    const milliseconds = longestBlock;
    longestBlock = 0;
    return { milliseconds };
  },
  async startProfile() {
    profiler = new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.setSamplingInterval', { interval: 200 });
    await profiler.post('Profiler.start');
    return {};
  },
  async stopProfile({ file }) {
    const { profile } = await profiler.post('Profiler.stop');
    profiler.disconnect();
    writeFileSync(file, JSON.stringify(profile));
    return {};
  },
};

process.on('message', async (message) => {
  const answer = answers[message?.ask];
  if (answer) process.send({ answer: message.ask, ...(await answer(message)) });
});
// A server must not outlive a bench that was interrupted.
process.on('disconnect', () => process.exit(0));
process.channel?.unref();

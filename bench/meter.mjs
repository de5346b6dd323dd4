/**
 * Loaded into a measured server with `--import`: answers over the parent's IPC channel what the process has used, so that
 * no HTTP route has to exist for it. Knows nothing about the server.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

let profiler;

const answers = {
  usage: () => ({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }),
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

import { expect, it } from 'vitest';
import { withServices } from '../../src/cli/services.ts';

const io = { out: () => {}, err: () => {} };
const run = (mode: 'serve' | 'dev', argv: string[]) => withServices({ mode, argv, io }, async () => 'done');

it('who has no settings of serve reads how to get at the database of dev', async () => {
  await expect(run('serve', [])).rejects.toMatchObject({
    message: 'The configuration has 2 problems. For the database of postern dev, add --mode dev.',
    exitStatus: 78,
  });
});

it('who has them, and something wrong in them, does not', async () => {
  const settings = ['--issuer', 'https://id.example.org', '--secret-file', '/nowhere/secret'];
  await expect(run('serve', settings)).rejects.toMatchObject({ message: expect.not.stringContaining('--mode dev') });
  await expect(run('dev', ['--brand-help-url', 'x'])).rejects.toMatchObject({
    message: 'The configuration has one problem.',
  });
});

import { expect, it } from 'vitest';
import { serve } from '../support/spawned.ts';

it('the welcome of dev offers registration on first use only where there is one', async () => {
  const open = await serve({ mode: 'dev' });
  expect(open.written.out).toContain('registered on first use');
  const strict = await serve({ mode: 'dev', argv: ['--strict-clients'] });
  expect(strict.written.out).toContain('Client       demo, secret');
  expect(strict.written.out).not.toContain('first use');
}, 60_000);

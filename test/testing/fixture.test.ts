import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startPostern } from '../../src/testing/testing.ts';

it('the fixture does not read the postern.yaml of the project that it tests', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-fixture-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'postern.yaml'), 'brand:\n  name: Of the project\n', { mode: 0o600 });
  // Workers are threads, which can't change their directory.
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  const postern = await startPostern().finally(() => cwd.mockRestore());
  onTestFinished(() => postern.stop());
  expect(postern.config).toMatchObject({ source: undefined, brand: { name: 'Postern' } });
});

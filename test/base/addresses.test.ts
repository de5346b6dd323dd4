import { expect, it } from 'vitest';
import { isLoopback } from '../../src/base/addresses.ts';

it.each(['localhost', 'app.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]'])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true);
});

it.each([
  'localhost.example',
  '127.0.0.1.example',
  '127.example',
  'notlocalhost',
  '128.0.0.1',
  '0.0.0.0',
  '::',
  '[::2]',
  '10.0.0.1',
  '',
])('%s is not this machine alone', (host) => {
  expect(isLoopback(host)).toBe(false);
});

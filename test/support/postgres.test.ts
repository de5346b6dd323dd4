import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from './postgres.ts';

it('gives every test a database of its own on PostgreSQL 18, and takes it away with its connections', async () => {
  const first = await createTestDatabase();
  const second = await createTestDatabase();
  const client = new pg.Client({ connectionString: first.url });
  const ended = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await client.query('CREATE TABLE only_here (id integer)');
  const { rows } = await client.query('SHOW server_version');
  expect(rows[0].server_version).toMatch(/^18\./);

  const other = new pg.Client({ connectionString: second.url });
  await other.connect();
  await expect(other.query('SELECT * FROM only_here')).rejects.toThrow('does not exist');
  await other.end();

  await first.drop();
  await ended;
  await second.drop();
  await expect(new pg.Client({ connectionString: first.url }).connect()).rejects.toThrow('does not exist');
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createVisitor } from '../../../src/testing/sign-in.ts';
import { type Postern, startPostern } from '../../../src/testing/testing.ts';

let postern: Postern;
beforeAll(async () => {
  postern = await startPostern({ mode: 'dev', memory: true });
});
afterAll(() => postern.stop());

it('dave, who is picked and disabled, sends the app a refusal that says why', async () => {
  const parameters = {
    client_id: 'my-app',
    redirect_uri: 'http://localhost:3000/cb',
    response_type: 'code',
    state: 's',
  };
  const visitor = createVisitor(postern.issuer);
  const page = await visitor.open(
    `${postern.issuer}/authorize?${new URLSearchParams({ ...parameters, scope: 'openid' })}`,
  );
  const { searchParams } = new URL((await visitor.submit(page, { account: 'dave' })).url);
  expect(Object.fromEntries(searchParams)).toEqual({
    ...{ error: 'access_denied', error_description: 'this account may not sign in' },
    ...{ state: 's', iss: postern.issuer },
  });
});

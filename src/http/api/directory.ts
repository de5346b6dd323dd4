import { z } from 'zod';
import { type FieldProblem, PosternError } from '../../base/errors.ts';
import { accountFields } from '../../domain/accounts/accounts.ts';
import { attributeInput } from '../../domain/attributes/attributes.ts';
import { clientInput } from '../../domain/clients/clients.ts';
import { groupInput } from '../../domain/groups/groups.ts';
import { directoryFile, plan } from './answers.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Operation, operation } from './operation.ts';

const tag = 'Directory';
/** The lists of postern.yaml. A password is chosen by its owner alone, so the file of a program may not say one (M07). */
const directoryBody = z.strictObject({
  groups: z.array(groupInput).optional(),
  attributes: z.array(attributeInput).optional(),
  accounts: z.array(accountFields.omit({ password: true, passwordHash: true })).optional(),
  clients: z.array(clientInput).optional(),
  brand: z.looseObject({ name: z.string() }).nullable().optional().describe('null: none any more.'),
});
type Rooms = Pick<ApiDependencies, 'directory'>;

/** The same lists as the file `postern.yaml`, already read: nothing in them is looked up in files or the environment. */
export function listDirectoryOperations({ directory }: Rooms): Operation[] {
  return [
    operation({
      ...{ id: 'planDirectory', method: 'POST', path: '/directory/plan', tag, answer: plan, body: directoryBody },
      summary: 'What applying these lists would change, and who would gain or lose access',
      ...{ scopes: ['directory:read'], status: 200 },
      handle: async ({ body }) => ({ body: await directory.plan(directory.parse(withoutPasswords(body))) }),
    }),
    operation({
      ...{ id: 'applyDirectory', method: 'POST', path: '/directory/apply', tag, answer: plan, body: directoryBody },
      summary: 'Make the directory what these lists say',
      description:
        'In one transaction. A list that is left out is not touched; of one that is there, rows that were applied before and are not named any more are removed. Rows that it names belong to the file from then on: no other way changes them. Whoever may do this may do everything.',
      ...{ scopes: ['directory:write'], status: 200, events: ['directory.applied'] },
      handle: async ({ body, circumstances }) => ({
        body: await directory.apply(directory.parse(withoutPasswords(body)), circumstances),
      }),
    }),
    operation({
      ...{ id: 'exportDirectory', method: 'GET', path: '/directory/export', tag, answer: directoryFile },
      summary: 'The directory as such lists, without passwords and secrets',
      ...{ scopes: ['directory:read'], status: 200, events: ['directory.exported'] },
      handle: async ({ circumstances }) => ({ body: await directory.export({ withHashes: false }, circumstances) }),
    }),
  ];
}

function withoutPasswords(body: { accounts?: unknown }): unknown {
  const accounts: unknown[] = Array.isArray(body.accounts) ? body.accounts : [];
  const fields = accounts.flatMap((entry, index) =>
    ['password', 'passwordHash']
      .filter((name) => typeof entry === 'object' && entry !== null && Object.hasOwn(entry, name))
      .map((name): FieldProblem => ({ path: `accounts[${index}].${name}`, message: 'must be left out: issue a link' })),
  );
  if (fields.length === 0) return body;
  throw new PosternError('invalid', 'The API takes no passwords of other people.', { fields });
}

import { PosternError } from '../base/errors.ts';
import type { Form } from './form.ts';

/** The new password of a form that asks for it twice. Throws `invalid` when the two are not the same. */
export function chosenPassword({ password = '', repeat = '' }: Form): string {
  if (password === repeat) return password;
  throw new PosternError('invalid', 'The password was not changed.', {
    fields: [{ path: 'repeat', message: 'is not the same as the new password', reason: { kind: 'repeat' } }],
  });
}

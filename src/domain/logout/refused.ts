import { type Refusal, refusalOf } from '../deliveries/deliveries.ts';

const changes: Record<Refusal, string> = {
  rejected:
    'It did not accept the token: see its answer and its log. Often it expects another issuer or client id, or its clock is wrong.',
  closed: 'Something wants a sign-in there. Let POST through to this address: the token proves itself.',
  missing: 'Nothing is at this address. Compare it with what the app’s manual says.',
  method: 'The address takes no POST. Compare it with what the app’s manual says.',
  moved: 'Redirects are not followed. Enter the address that it leads to.',
  failing: 'It could not do it now. See its log, and that of a proxy in front of it.',
  other: 'See its log.',
};

/** Why an answer with that status is no confirmation, and what to change, in a sentence or two. */
export const refusedText = (status: number): string =>
  `It answered ${status}; 200 was expected. ${changes[refusalOf(status)]}`;

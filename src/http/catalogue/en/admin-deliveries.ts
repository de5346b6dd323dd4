/** English of the delivery desk. The compiler finds a reason, a state or an answer without words. */
import type { SessionEnd } from '../../../domain/audit/audit.ts';
import type { DeliveryState, Refusal } from '../../../domain/deliveries/deliveries.ts';

const reasons: Record<`reason.${SessionEnd}`, string> = {
  'reason.signed_out': 'Signed out',
  'reason.switched': 'Somebody else signed in',
  'reason.ended_by_owner': 'Session ended by its owner',
  'reason.ended_by_admin': 'Session ended by an administrator',
  'reason.expired': 'Session expired',
  'reason.account_disabled': 'Account disabled',
  'reason.account_deleted': 'Account deleted',
  'reason.password_changed': 'Password changed',
  'reason.access_lost': 'Access lost',
  'reason.restored': 'Backup restored',
};

type OfState = 'deliveries.state' | 'deliveries.pill' | 'delivery.title' | 'delivery.meaning';
const states: Record<`${OfState}-${DeliveryState}`, string> = {
  'deliveries.state-waiting': 'Waiting',
  'deliveries.state-confirmed': 'Confirmed',
  'deliveries.state-given_up': 'Given up',
  'deliveries.state-not_told': 'Not told',
  'deliveries.pill-waiting': 'Waiting {count}',
  'deliveries.pill-confirmed': 'Confirmed {count}',
  'deliveries.pill-given_up': 'Given up {count}',
  'deliveries.pill-not_told': 'Not told {count}',
  'delivery.title-waiting': '{app} has not confirmed yet that {name} is signed out',
  'delivery.title-confirmed': '{app} has confirmed that {name} is signed out',
  'delivery.title-given_up': '{app} never confirmed that {name} is signed out',
  'delivery.title-not_told': '{app} was not told that {name} is signed out',
  'delivery.meaning-waiting': 'Until it confirms, the app may still think that {name} is signed in there.',
  'delivery.meaning-confirmed': 'The app says that it has ended the session.',
  'delivery.meaning-given_up':
    'The app may still think that {name} is signed in there. Mend what is wrong, then tell it again.',
  'delivery.meaning-not_told': 'The app may think that {name} is signed in there until its own session ends.',
};

const refusals: Record<`delivery.refusal-${Refusal}`, string> = {
  'delivery.refusal-rejected':
    '<strong>{app} did not accept the token.</strong> It answered {status}. Look at its answer below and at its log: often it expects another issuer or client id, or its clock is wrong.',
  'delivery.refusal-closed':
    '<strong>Something at this address wants a sign-in.</strong> It answered {status}. Let POST requests through to it: the token proves itself.',
  'delivery.refusal-missing':
    '<strong>Nothing is at this address.</strong> It answered {status}. Compare the address with what the app’s manual says.',
  'delivery.refusal-method':
    '<strong>This address takes no POST.</strong> It answered {status}. Compare the address with what the app’s manual says.',
  'delivery.refusal-moved':
    '<strong>This address leads elsewhere.</strong> It answered {status}, and redirects are not followed. Enter the address that it leads to.',
  'delivery.refusal-failing':
    '<strong>{app} could not do it.</strong> It answered {status}. Look at its log, and at that of a proxy in front of it.',
  'delivery.refusal-other':
    '<strong>{app} did not confirm.</strong> It answered {status}; 200 was expected. Look at its answer below and at its log.',
};

export const adminDeliveries = {
  ...reasons,
  ...states,
  ...refusals,
  'deliveries.lead':
    'Each sign-out that an app has to hear of. An app is told again and again for {span}, until it confirms. What came of it stays here {days} days.',
  'deliveries.to': 'To',
  'deliveries.about': 'About',
  'deliveries.attempt': 'attempt {number}',
  'deliveries.last': 'Last answer',
  'deliveries.state': 'State',
  'deliveries.pill-all': 'All {count}',
  'deliveries.pill-unconfirmed': 'Not confirmed {count}',
  'deliveries.again': 'again {when}',
  'deliveries.due': 'at any moment',
  'deliveries.replay': 'Tell it again',
  'deliveries.replay-all': 'Tell all {count} again',
  'deliveries.given-up':
    '<strong>Given up: {count}.</strong> These apps did not confirm, and are not told again by themselves.',
  'deliveries.given-up-show': 'Show them',
  'deliveries.none': 'No app had to be told yet. When somebody is signed out, each app that they used stands here.',
  'deliveries.none-found': 'Nothing fits. Take a filter away.',
  'deliveries.wrong-state': 'There is no such state. Choose one above.',
  'deliveries.order': 'Newest first',
  'deliveries.sign-out': 'Sign-out of {name}',
  'deliveries.by': 'By:',
  'deliveries.confirmed-of': '<strong>Apps that have confirmed: {confirmed} of {total}.</strong>',

  'delivery.untold-no-address':
    '<strong>{app} has no address for this.</strong> Enter its <code>backchannelLogoutUri</code> on the client’s page, then tell it again.',
  'delivery.untold-browser-only':
    '<strong>{app} is told in the browser alone,</strong> while people sign out themselves, and nobody learns what came of it. To call it, enter its <code>backchannelLogoutUri</code> on the client’s page, then tell it again.',
  'delivery.untold-gone': '<strong>The client {app} is deleted.</strong> It cannot be told any more.',
  'delivery.untold-no-session':
    '<strong>{app} insists on the name of a session.</strong> This sign-out is about all sessions of {name}, so there is none. If the app can do without, switch <code>backchannelLogoutSessionRequired</code> off.',
  'delivery.unreached': '<strong>{app} could not be reached.</strong>',
  'delivery.what': 'What it is about',
  'delivery.person': 'Signed out',
  'delivery.reason': 'Why',
  'delivery.by': 'By',
  'delivery.at': 'When',
  'delivery.app': 'Client',
  'delivery.url': 'Told at',
  'delivery.no-url': 'No address',
  'delivery.sid': 'Session, <code>sid</code>',
  'delivery.no-sid': 'All of that person’s',
  'delivery.replay': 'Tell it again now',
  'delivery.others': 'All apps of this sign-out',
  'delivery.attempts': 'Attempts',
  'delivery.none': 'Nothing was tried.',
  'delivery.next': 'Next attempt',
  'delivery.until': 'It is tried until {when}.',
  'delivery.look': 'Look again',
  'delivery.no-answer': 'No answer',
  'delivery.answered': 'Answered in {milliseconds} ms.',
  'delivery.after': 'Known after {milliseconds} ms.',
  'delivery.answer': 'The answer',

  'done.delivery-replayed': 'It is told again now. Look again in a moment to see what came of it.',
  'done.deliveries-replayed': 'They are told again now.',
  'done.deliveries-none': 'There was nothing to tell again.',
  'done.client-sessions-ended': 'Everybody who used this client is signed out, and the apps are told.',
  'done.sessions-ended': 'All sessions of this account have ended, and the apps are told.',
  'done.no-sessions': 'There was no session to end.',
};

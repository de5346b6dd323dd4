/** German of the delivery desk. */
import type { adminDeliveries as english } from '../en/admin-deliveries.ts';

export const adminDeliveries: Record<keyof typeof english, string> = {
  'reason.signed_out': 'Abgemeldet',
  'reason.switched': 'Jemand anderes hat sich angemeldet',
  'reason.ended_by_owner': 'Sitzung von der Person beendet',
  'reason.ended_by_admin': 'Sitzung von der Verwaltung beendet',
  'reason.expired': 'Sitzung abgelaufen',
  'reason.account_disabled': 'Konto gesperrt',
  'reason.account_deleted': 'Konto gelöscht',
  'reason.password_changed': 'Passwort geändert',
  'reason.access_lost': 'Zugang verloren',
  'reason.restored': 'Sicherung zurückgespielt',

  'deliveries.state-waiting': 'Wartet',
  'deliveries.state-confirmed': 'Bestätigt',
  'deliveries.state-given_up': 'Aufgegeben',
  'deliveries.state-not_told': 'Nicht mitgeteilt',
  'deliveries.pill-waiting': 'Wartet {count}',
  'deliveries.pill-confirmed': 'Bestätigt {count}',
  'deliveries.pill-given_up': 'Aufgegeben {count}',
  'deliveries.pill-not_told': 'Nicht mitgeteilt {count}',
  'delivery.title-waiting': '{app} hat noch nicht bestätigt, dass {name} abgemeldet ist',
  'delivery.title-confirmed': '{app} hat bestätigt, dass {name} abgemeldet ist',
  'delivery.title-given_up': '{app} hat nie bestätigt, dass {name} abgemeldet ist',
  'delivery.title-not_told': '{app} weiß nicht, dass {name} abgemeldet ist',
  'delivery.meaning-waiting': 'Bis zur Bestätigung hält die App {name} vielleicht noch für angemeldet.',
  'delivery.meaning-confirmed': 'Die App sagt, dass sie die Sitzung beendet hat.',
  'delivery.meaning-given_up':
    'Die App hält {name} vielleicht noch für angemeldet. Beheben Sie die Ursache und teilen Sie es ihr erneut mit.',
  'delivery.meaning-not_told': 'Die App hält {name} vielleicht für angemeldet, bis ihre eigene Sitzung endet.',

  'delivery.refusal-rejected':
    '<strong>{app} hat das Token nicht angenommen.</strong> Die Antwort war {status}. Sehen Sie unten die Antwort und im Protokoll der App nach: Oft erwartet sie einen anderen Issuer oder eine andere Client-ID, oder ihre Uhr geht falsch.',
  'delivery.refusal-closed':
    '<strong>Unter dieser Adresse wird eine Anmeldung verlangt.</strong> Die Antwort war {status}. Lassen Sie POST-Anfragen dorthin durch: Das Token weist sich selbst aus.',
  'delivery.refusal-missing':
    '<strong>Unter dieser Adresse gibt es nichts.</strong> Die Antwort war {status}. Vergleichen Sie die Adresse mit der Anleitung der App.',
  'delivery.refusal-method':
    '<strong>Diese Adresse nimmt kein POST an.</strong> Die Antwort war {status}. Vergleichen Sie die Adresse mit der Anleitung der App.',
  'delivery.refusal-moved':
    '<strong>Diese Adresse führt woandershin.</strong> Die Antwort war {status}, und Weiterleitungen wird nicht gefolgt. Tragen Sie die Adresse ein, zu der sie führt.',
  'delivery.refusal-failing':
    '<strong>{app} konnte es nicht ausführen.</strong> Die Antwort war {status}. Sehen Sie im Protokoll der App und eines Proxys davor nach.',
  'delivery.refusal-other':
    '<strong>{app} hat nicht bestätigt.</strong> Die Antwort war {status}, erwartet war 200. Sehen Sie unten die Antwort und im Protokoll der App nach.',

  'deliveries.lead':
    'Jede Abmeldung, von der eine App erfahren muss. Sie wird ihr {span} lang immer wieder mitgeteilt, bis sie bestätigt. Was daraus wurde, bleibt {days} Tage hier.',
  'deliveries.to': 'An',
  'deliveries.about': 'Betrifft',
  'deliveries.attempt': '{number}. Versuch',
  'deliveries.last': 'Letzte Antwort',
  'deliveries.state': 'Stand',
  'deliveries.pill-all': 'Alle {count}',
  'deliveries.pill-unconfirmed': 'Nicht bestätigt {count}',
  'deliveries.again': 'wieder {when}',
  'deliveries.due': 'jeden Moment',
  'deliveries.replay': 'Erneut mitteilen',
  'deliveries.replay-all': 'Alle {count} erneut mitteilen',
  'deliveries.given-up':
    '<strong>Aufgegeben: {count}.</strong> Diese Apps haben nicht bestätigt und erfahren es nicht mehr von selbst.',
  'deliveries.given-up-show': 'Anzeigen',
  'deliveries.none':
    'Noch musste keine App etwas erfahren. Wird jemand abgemeldet, steht hier jede App, die dabei benutzt wurde.',
  'deliveries.none-found': 'Nichts passt. Nehmen Sie einen Filter weg.',
  'deliveries.wrong-state': 'Diesen Stand gibt es nicht. Wählen Sie oben einen aus.',
  'deliveries.order': 'Neueste zuerst',
  'deliveries.sign-out': 'Abmeldung von {name}',
  'deliveries.by': 'Durch:',
  'deliveries.confirmed-of': '<strong>Apps, die bestätigt haben: {confirmed} von {total}.</strong>',

  'delivery.untold-no-address':
    '<strong>{app} hat dafür keine Adresse.</strong> Tragen Sie <code>backchannelLogoutUri</code> auf der Seite des Clients ein und teilen Sie es der App erneut mit.',
  'delivery.untold-browser-only':
    '<strong>{app} erfährt es nur im Browser,</strong> während sich jemand selbst abmeldet, und niemand erfährt, was daraus wird. Damit sie auch sonst davon erfährt, tragen Sie <code>backchannelLogoutUri</code> auf der Seite des Clients ein und teilen Sie es ihr erneut mit.',
  'delivery.untold-gone': '<strong>Der Client {app} ist gelöscht.</strong> Ihm lässt sich nichts mehr mitteilen.',
  'delivery.untold-no-session':
    '<strong>{app} besteht auf dem Namen einer Sitzung.</strong> Diese Abmeldung betrifft alle Sitzungen von {name}, also gibt es keinen. Kommt die App ohne aus, schalten Sie <code>backchannelLogoutSessionRequired</code> ab.',
  'delivery.unreached': '<strong>{app} war nicht zu erreichen.</strong>',
  'delivery.what': 'Worum es geht',
  'delivery.person': 'Abgemeldet',
  'delivery.reason': 'Warum',
  'delivery.by': 'Durch',
  'delivery.at': 'Wann',
  'delivery.app': 'Client',
  'delivery.url': 'Mitgeteilt an',
  'delivery.no-url': 'Keine Adresse',
  'delivery.sid': 'Sitzung, <code>sid</code>',
  'delivery.no-sid': 'Alle dieser Person',
  'delivery.replay': 'Jetzt erneut mitteilen',
  'delivery.others': 'Alle Apps dieser Abmeldung',
  'delivery.attempts': 'Versuche',
  'delivery.none': 'Nichts wurde versucht.',
  'delivery.next': 'Nächster Versuch',
  'delivery.until': 'Versucht wird es bis {when}.',
  'delivery.look': 'Erneut nachsehen',
  'delivery.no-answer': 'Keine Antwort',
  'delivery.answered': 'Antwort nach {milliseconds} ms.',
  'delivery.after': 'Bekannt nach {milliseconds} ms.',
  'delivery.answer': 'Die Antwort',

  'done.delivery-replayed':
    'Es wird der App jetzt erneut mitgeteilt. Sehen Sie gleich noch einmal nach, was daraus wurde.',
  'done.deliveries-replayed': 'Es wird ihnen jetzt erneut mitgeteilt.',
  'done.deliveries-none': 'Es gab nichts, was erneut mitzuteilen war.',
  'done.client-sessions-ended': 'Alle, die diesen Client benutzt haben, sind abgemeldet; die Apps erfahren es.',
  'done.sessions-ended': 'Alle Sitzungen dieses Kontos sind beendet; die Apps erfahren es.',
  'done.no-sessions': 'Es gab keine Sitzung zu beenden.',
};

/** German of the pages about keys. */
import type { adminKeys as english } from '../en/admin-keys.ts';

export const adminKeys: Record<keyof typeof english, string> = {
  'done.key-published':
    'Der nächste Schlüssel ist veröffentlicht. Er unterschreibt, sobald alle Zeit hatten, ihn abzurufen.',
  'done.key-activated': 'Ab jetzt unterschreibt der neue Schlüssel.',
  'done.key-on-its-way': 'Der nächste Schlüssel war schon unterwegs. Nichts wurde geändert.',
  'done.key-revoked': 'Der Schlüssel ist entfernt. Was er unterschrieben hat, gilt hier nichts mehr.',
  'done.cookie-key-made': 'Cookies sind mit einem neuen Schlüssel unterschrieben. Niemand wurde abgemeldet.',

  'keys.lead': 'Der nächste Schlüssel wird veröffentlicht, bevor er unterschreibt. So überrascht er niemanden.',
  'keys.published': 'Was veröffentlicht ist',
  'keys.events': 'Ereignisse zu Schlüsseln',
  'keys.life': 'Leben der Schlüssel',
  'keys.span': '{from} bis {to}. Die senkrechte Linie ist jetzt, {now}.',
  'keys.legend':
    'Gestrichelt: veröffentlicht, unterschreibt noch nicht. Voll: unterschreibt. Dünn: unterschreibt nicht mehr, noch veröffentlicht. Gepunktet: geplant.',
  'keys.state-pending': 'Wartet',
  'keys.state-active': 'Aktiv',
  'keys.state-retiring': 'Läuft aus',
  'keys.state-removed': 'Entfernt',
  'keys.state-revoked': 'Zurückgezogen',
  'keys.state-damaged': 'Nicht zu öffnen',
  'keys.when-pending': 'beginnt zu unterschreiben: {when}',
  'keys.when-waiting': 'wartet auf Clients, höchstens bis: {when}',
  'keys.when-active': 'hört auf zu unterschreiben: {when}',
  'keys.when-retiring': 'verlässt den Schlüsselsatz: {when}',
  'keys.next-published': 'der nächste erscheint: {when}',
  'keys.dropped': 'endet, sobald kein Client ihn benutzt: <code>keys.algorithms</code> lässt ihn aus',
  'keys.clients': 'Clients: {count}',
  'keys.life-pending': 'Veröffentlicht am {created}, unterschreibt ab {signs}',
  'keys.life-active': 'Veröffentlicht am {created}, unterschreibt seit {signs} bis {stops}',
  'keys.life-retiring':
    'Veröffentlicht am {created}, unterschrieb von {signs} bis {stops}, veröffentlicht bis {removes}',
  'keys.life-never': 'Veröffentlicht am {created}, hat nie unterschrieben, veröffentlicht bis {removes}',
  'keys.damaged':
    '<strong>Der private Teil eines Schlüssels lässt sich nicht öffnen: Er wurde in der Datenbank verändert.</strong>',
  'keys.damaged-todo':
    'Spielen Sie eine Sicherung ein oder ziehen Sie den Schlüssel zurück, damit ein anderer unterschreibt: {kid}',
  'keys.algorithm': 'Algorithmus',
  'keys.reason': 'Grund',

  'next.title': 'Der nächste Schlüssel für {algorithm}',
  'next.when': 'Veröffentlicht: {since}. Beginnt zu unterschreiben: {when}.',
  'next.waits':
    'Haben ihn bis dahin nicht alle Clients in Gebrauch abgerufen, wartet er auf sie, längstens bis: {until}.',
  'next.waiting':
    'Veröffentlicht: {since}. Seine Zeit ist da, und er wartet auf benutzte Clients, die ihn nicht abgerufen haben, höchstens bis: {until}.',
  'next.early':
    'Unterschreibt er sofort, lehnen Apps, die den Schlüsselsatz nicht abgerufen haben, seit er darin ist, Anmeldungen ab, bis sie es tun.',
  'next.early-kept':
    'Unterschreibt er sofort, lehnen Apps, die den Schlüsselsatz nicht abgerufen haben, seit er darin ist, Anmeldungen ab, bis sie es tun. Sie dürfen ihn {span} aufheben, manche heben ihn länger auf.',
  'next.missing':
    'Clients, die Anmeldungen ablehnen könnten, bis sie den Schlüsselsatz abrufen, wenn er sofort unterschriebe: <strong>{count}</strong>.',
  'next.all-ready':
    'Alle Clients in Gebrauch haben ihn abgerufen: Keiner lehnte Anmeldungen ab, wenn er sofort unterschriebe.',
  'next.activate': 'Sofort mit ihm unterschreiben',
  'next.who': 'Wer bereit ist',

  'readiness.title-pending': 'Wer bereit für ihn ist',
  'readiness.title-active': 'Wer ihn übernommen hat',
  'readiness.count': '<strong>{ready} von {total}</strong> Clients',
  'readiness.progress': 'Clients, die den Schlüssel abgerufen haben',
  'readiness.client': 'Client',
  'readiness.state': 'Zustand',
  'readiness.fetched': 'Satz abgerufen',
  'readiness.alive': 'Zuletzt gehört',
  'readiness.rehearsal': 'Probe',
  'readiness.passed': '{passed} von {of} bestanden',
  'readiness.failed': 'Gescheitert: {variants}',
  'readiness.not-rehearsed': 'Nicht gelaufen',
  'readiness.state-proven': 'Benutzt ihn',
  'readiness.state-fetched': 'Hat ihn abgerufen',
  'readiness.state-perhaps': 'Vielleicht',
  'readiness.state-behind': 'Im Rückstand',
  'readiness.state-unknown': 'Unbekannt',
  'readiness.state-idle': 'Nicht in Gebrauch',
  'readiness.sure-proven': 'Er bekam ein Token dieses Schlüssels und machte damit weiter.',
  'readiness.sure-fetched': 'Von einer Adresse, die kein anderer Client benutzt.',
  'readiness.sure-fetched-pages': 'Durch eigene Seiten.',
  'readiness.sure-perhaps': 'Er ruft von mehreren Adressen an, und nicht von allen wurde er abgerufen.',
  'readiness.sure-perhaps-shared': 'Von einem Ort, den er mit {others} teilt.',
  'readiness.sure-behind': 'Er hat den Schlüsselsatz abgerufen, aber nicht, seit dieser Schlüssel darin ist.',
  'readiness.sure-unknown':
    'Kein Abruf wurde gesehen, der von ihm sein könnte. Ein Zwischenspeicher sieht genauso aus.',
  'readiness.sure-idle': 'Lange nichts gehört: Auf ihn wartet niemand.',
  'readiness.none': 'Kein Client bekommt Tokens dieses Algorithmus: Niemand muss diesen Schlüssel abrufen.',
  'readiness.more': 'Nicht gezeigt: {count}, die mindestens so bereit sind.',
  'readiness.unattributed': 'Adressen keines bekannten Clients, die ihn abgerufen haben: {count}, die letzte: {when}.',
  'readiness.unseen': 'Wer die Access-Tokens von <code>{resource}</code> prüft, ist nicht zu sehen.',

  'publish.title': 'Nächsten Schlüssel veröffentlichen',
  'publish.detail': 'Er unterschreibt, sobald alle Zeit hatten, ihn abzurufen. Niemand merkt etwas.',
  'publish.detail-at-once':
    'Er unterschreibt sofort: Apps lehnen Anmeldungen ab, bis sie den Schlüsselsatz neu abrufen.',
  'publish.choice': '{algorithm}: unterschreibt {span} später',
  'publish.choice-at-once': '{algorithm}: unterschreibt sofort',
  'publish.reason-hint': 'Für das Protokoll. Er darf leer bleiben.',
  'publish.none': 'Der nächste Schlüssel jedes Algorithmus ist schon veröffentlicht.',
  'cookies.title': 'Der Schlüssel der Cookies',
  'cookies.made': 'Erstellt',
  'cookies.renews': 'Von selbst erneuert',
  'cookies.older': 'Ältere, die noch Cookies öffnen',
  'cookies.detail': 'Ein neuer meldet niemanden ab: Was die älteren unterschrieben haben, gilt weiter.',
  'cookies.submit': 'Jetzt erneuern',
  'removed.title': 'Entfernte Schlüssel: {count}',
  'removed.caption': 'Entfernte Schlüssel, die letzten zuerst',
  'removed.key': 'Schlüssel',
  'removed.when': 'Wann',
  'removed.more': 'Nicht gezeigt: {count} ältere.',

  'key.title': 'Schlüssel für {algorithm}',
  'key.life': 'Sein Leben',
  'key.created': 'Veröffentlicht',
  'key.activates': 'Beginnt zu unterschreiben',
  'key.waits': 'Wartet höchstens bis',
  'key.activated': 'Unterschreibt seit',
  'key.signed': 'Unterschrieb ab',
  'key.retires': 'Hört auf zu unterschreiben',
  'key.retired': 'Unterschrieb bis',
  'key.removes': 'Verlässt den Schlüsselsatz',
  'key.removed': 'Entfernt',
  'key.public': 'Öffentlicher Schlüssel',
  'key.public-hint':
    'Für Gateways, die den Schlüsselsatz nicht abrufen können. Alle zusammen als JSON: <code>/jwks/pem</code>.',
  'key.not-published': 'Er ist nicht mehr im Schlüsselsatz, sein privater Teil ist gelöscht.',
  'key.not-published-damaged': 'Er ist nicht im Schlüsselsatz, denn sein privater Teil lässt sich nicht öffnen.',

  'revoke.title': 'Diesen Schlüssel zurückziehen',
  'revoke.detail':
    'Für einen Schlüssel, den jemand anders haben könnte. Er verlässt den Schlüsselsatz sofort und endgültig, sein privater Teil wird gelöscht.',
  'revoke.clients': 'Clients mit ID-Tokens in {algorithm}',
  'revoke.more': 'und {count} weitere',
  'revoke.no-clients': 'Keine',
  'revoke.resources': 'JWT-Access-Tokens von',
  'revoke.takes-over': 'An seiner Stelle unterschreibt',
  'revoke.takes-over-new': 'Ein neuer Schlüssel, den noch niemand kennt',
  'revoke.takes-over-nothing': 'Nichts',
  'revoke.breaks': 'Was nicht mehr geht',
  'revoke.breaks-nothing': 'Alles geht weiter.',
  'revoke.break-sign_ins':
    'Apps lehnen neue Anmeldungen ab, bis sie den Schlüsselsatz neu abrufen: spätestens nach {span}, und später, wo ihn eine länger aufhebt. Wer sich gerade anmeldet, muss vielleicht neu beginnen.',
  'revoke.break-sign_ins-at-once':
    'Apps lehnen neue Anmeldungen ab, bis sie den Schlüsselsatz neu abrufen. Wer sich gerade anmeldet, muss vielleicht neu beginnen.',
  'revoke.break-late_sign_ins':
    'Apps, die den Schlüsselsatz nicht abgerufen haben, seit der nächste Schlüssel veröffentlicht ist ({since}), lehnen neue Anmeldungen ab, bis sie es tun. Wer sich gerade anmeldet, muss vielleicht neu beginnen.',
  'revoke.break-all_sign_ins':
    'In diesem Algorithmus unterschreibt nichts mehr, denn <code>keys.algorithms</code> lässt ihn aus: Anmeldungen von Clients, die ihn verlangen, scheitern, bis sie einen anderen verlangen.',
  'revoke.break-access_tokens':
    'JWT-Access-Tokens, die er unterschrieben hat, sind bei <code>/introspect</code> sofort inaktiv. APIs, die nur die Unterschrift prüfen, nehmen sie an, bis sie den Schlüsselsatz neu abrufen.',
  'revoke.break-sign_outs':
    'Eine Abmeldung, für die eine App ein von ihm unterschriebenes ID-Token vorlegt (<code>id_token_hint</code>), wird abgelehnt.',
  'revoke.break-next_key':
    'Kein nächster Schlüssel ist mehr veröffentlicht. Es gibt einen anderen, wenn er fällig ist oder ihn jemand veröffentlicht.',
  'revoke.remains': 'Was weitergeht',
  'revoke.remains-sessions':
    'Sitzungen, Zustimmungen, Refresh-Tokens und undurchsichtige Access-Tokens: Niemand muss sich neu anmelden.',
  'revoke.remains-signing': 'Was in diesem Algorithmus jetzt unterschreibt.',
  'revoke.reason-hint': 'Für das Protokoll.',
  'revoke.submit': 'Endgültig zurückziehen',
};

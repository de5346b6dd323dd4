/** German of /link, where a person chooses a password. */
import type { link as english } from '../en/link.ts';

export const link: Record<keyof typeof english, string> = {
  'link.page': 'Passwort wählen',
  'link.title-invite': 'Willkommen bei {brand}',
  'link.title-reset': 'Neues Passwort wählen',
  'link.title-setup': 'Das erste Verwaltungskonto anlegen',
  'link.lead-invite': 'Wählen Sie das Passwort, mit dem Sie sich anmelden. Sonst erfährt es niemand.',
  'link.lead-reset': 'Mit dem Speichern werden Sie überall abgemeldet. Das alte Passwort gilt dann nicht mehr.',
  'link.lead-setup': 'Dieses Konto darf {brand} verwalten. Es legt die anderen an.',
  'link.username': 'Benutzername',
  'link.username-hint': 'Damit melden Sie sich an. Ein Wort.',
  'link.name': 'Ihr Name',
  'link.password': 'Passwort',
  'link.repeat': 'Passwort noch einmal',
  'link.submit': 'Passwort speichern',
  'link.submit-setup': 'Konto anlegen',

  'link-dead.page': 'Der Link geht nicht',
  'link-dead.title': 'Dieser Link geht nicht',
  'link-dead.detail': 'Er wurde schon benutzt, es gibt einen neueren, oder er ist zu alt. Nichts wurde geändert.',
  'link-dead.todo':
    'Fragen Sie dort, woher Sie ihn haben, nach einem neuen. Wenn Sie Ihr Passwort kennen, brauchen Sie keinen.',
  'link-dead.sign-in': 'Bei Ihrem Konto anmelden',

  'link-done.page': 'Passwort gespeichert',
  'link-done.title': 'Ihr Passwort ist gespeichert',
  'link-done.detail': 'Melden Sie sich jetzt damit an. Der Link ist verbraucht.',
  'link-done.sign-in': 'Bei Ihrem Konto anmelden',
  'link-done.title-admin': 'Das Verwaltungskonto ist angelegt',
  'link-done.detail-admin': 'Melden Sie sich mit dem eben gewählten Passwort an und legen Sie Personen und Apps an.',
  'link-done.sign-in-admin': 'Anmelden und verwalten',
};

/** Apps as pages name them: a usual one, and one whose name and host are as long as they come. */
export const paperless = {
  id: 'paperless',
  name: 'Paperless',
  host: 'paperless.example.test',
  url: 'https://paperless.example.test/',
};
export const longName = {
  id: 'dokumentenverwaltung',
  name: 'Dokumentenverwaltungsportal der Hafengesellschaft',
  host: 'dokumentenverwaltung.verwaltung.hafengesellschaft.example.test',
  url: undefined,
};

/** The languages that people can say they read, each by its own name. Pure. */
const tags =
  'bg ca cs da de de-AT de-CH el en en-GB en-US es et eu fi fr fr-CA ga hr hu is it ja ko lt lv mt nb nl nn pl pt pt-BR ro sk sl sq sr sv tr uk zh-Hans zh-Hant'.split(
    ' ',
  );

type Choice = { value: string; label: string };

const choices: readonly Choice[] = tags.map((value) => ({
  value,
  label: new Intl.DisplayNames([value], { type: 'language' }).of(value) ?? value,
}));

/** What can be chosen; the present value too, where an administrator has set one that is not offered. */
export function languageChoices(present: string): Choice[] {
  const isOffered = present === '' || tags.includes(present);
  return isOffered ? [...choices] : [{ value: present, label: present }, ...choices];
}

/** Columns that look the same on both databases: JSON as text, times as epoch milliseconds, booleans as 0 and 1. */
export const toJson = (value: unknown): string => JSON.stringify(value);

export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

export const toBoolean = (value: number): boolean => value !== 0;
export const fromBoolean = (value: boolean): number => (value ? 1 : 0);
/** False for text that no column can hold: PostgreSQL refuses NUL, so on either database no row has it. */
export const isStorable = (text: string): boolean => !text.includes('\0');

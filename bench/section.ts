/** What a section of the bench is given and hands back. */
export type Options = {
  rounds: number;
  /** Seconds of load per server, flow and round. */
  seconds: number;
  /** Growth to 5 M rows as well. */
  large: boolean;
  /** Flow whose CPU profile of Postern is summed up instead of measuring, or undefined. */
  profile: string | undefined;
  /** A directory of this run for databases and settings; removed at the end. */
  directory: string;
  say(line: string): void;
};

/** A figure to reach: measured must not be above `limit`. */
export type Goal = { what: string; measured: number; limit: number; unit: string };

export type Result = {
  /** Markdown, without a heading. */
  markdown: string;
  goals: Goal[];
  errors: number;
};

export type Section = { name: string; title: string; run(options: Options): Promise<Result> };

/** A Markdown table; the first column is text, the others are aligned right. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}

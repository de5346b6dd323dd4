/** The text format of Prometheus (version 0.0.4). Pure. */

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];
export type Metric = {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`, with the unit and, for a counter, `_total` at its end. */
  name: string;
  type: 'counter' | 'gauge';
  /** One line. */
  help: string;
  samples: readonly Sample[];
};

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** The lines, without the last one's end. */
export const metricsText = (metrics: readonly Metric[]): string => metrics.flatMap(linesOf).join('\n');

const linesOf = ({ name, type, help, samples }: Metric): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
];

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Collects what Postern logs: hand `stream` over as `logStream`. */
export function createLogLines() {
  const lines: Record<string, unknown>[] = [];
  return {
    lines,
    stream: { write: (line: string) => void lines.push(JSON.parse(line)) },
    text: () => lines.map((line) => JSON.stringify(line)).join('\n'),
    /** The OAuth error code of the last line that an engine event has written. */
    lastCode: () => lines.findLast((line) => typeof line.event === 'string')?.code,
  };
}

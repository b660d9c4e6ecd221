/** What TLC prints with `-tool`: numbered messages between markers, and what the spec itself prints. */

export interface TlcMessage {
  /** TLC's number of the message, for instance 2110: invariant violated. */
  readonly code: number;
  /** 0 none, 1 error, 2 TLC bug, 3 warning, 4 state. */
  readonly severity: number;
  readonly text: string;
}

export interface TlcOutput {
  readonly messages: readonly TlcMessage[];
  /** Lines outside of messages: Print and PrintT. */
  readonly printed: readonly string[];
}

const START = /^@!@!@STARTMSG (\d+)(?::(\d+))? @!@!@$/;
const END = /^@!@!@ENDMSG \d+ @!@!@$/;

export function parseTlcOutput(text: string): TlcOutput {
  const messages: TlcMessage[] = [];
  const printed: string[] = [];
  let open: { code: number; severity: number; lines: string[] } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const start = START.exec(line);
    if (start !== null) {
      open = { code: Number(start[1]), severity: Number(start[2] ?? 0), lines: [] };
    } else if (END.test(line)) {
      if (open !== undefined) {
        messages.push({ code: open.code, severity: open.severity, text: open.lines.join('\n') });
      }
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (line !== '') printed.push(line);
  }
  return { messages, printed };
}

export interface TlcCounts {
  readonly generated: number;
  readonly distinct: number;
  readonly depth: number;
}

/** Numbers as TLC prints them, with or without separators. */
function number(text: string | undefined): number {
  return Number((text ?? '0').replace(/[,.\s]/g, ''));
}

export function countsOf(output: TlcOutput): TlcCounts {
  let counts: TlcCounts = { generated: 0, distinct: 0, depth: 0 };
  for (const { code, text } of output.messages) {
    const states = /([\d,]+) states generated.*?([\d,]+) distinct states found/s.exec(text);
    if (code === 2199 && states !== null) {
      counts = { ...counts, generated: number(states[1]), distinct: number(states[2]) };
    }
    const depth = /depth of the complete state graph search is ([\d,]+)/.exec(text);
    if (depth !== null) counts = { ...counts, depth: number(depth[1]) };
  }
  return counts;
}

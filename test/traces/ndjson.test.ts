import { describe, expect, it } from 'vitest';
import { TraceFormatError } from '../../traces/format-error.ts';
import { type NdjsonContent, readNdjson, writeNdjson } from '../../traces/ndjson.ts';

const header = '{"format":"fukugen-trace/1","variables":["door","lit"],"provenance":{"tool":"lift 1.0"}}';
const lines = [
  header,
  '{"state":{"door":"shut","lit":{"#set":[]}}}',
  '{"action":"Press","args":[2],"changes":{"lit":{"#set":[2]}},"event":"lift.log:17"}',
  '{"action":"Open","state":{"door":"open","lit":{"#set":[2]}}}',
  '{"state":{"door":"open","lit":{"#set":[]}}}',
  '{"end":{"runs":2,"steps":2}}',
];
const whole = `${lines.join('\n')}\n`;

function failure(text: string): TraceFormatError {
  try {
    readNdjson(text, 'lift.ndjson');
  } catch (error) {
    if (error instanceof TraceFormatError) return error;
    throw error;
  }
  throw new Error('it was read without an error');
}

/** The whole trace with one line replaced; lines are counted from 1. */
function withLine(number: number, text: string): string {
  return `${lines.with(number - 1, text).join('\n')}\n`;
}

describe('reading NDJSON', () => {
  it('gives the runs, with changes applied to the state before', () => {
    const trace = readNdjson(whole, 'lift.ndjson');
    expect(trace.variables).toEqual(['door', 'lit']);
    expect(trace.provenance).toEqual({ tool: 'lift 1.0' });
    expect(trace.runs).toEqual([
      {
        initial: { door: 'shut', lit: { '#set': [] } },
        line: 2,
        steps: [
          {
            action: 'Press',
            args: [2],
            state: { door: 'shut', lit: { '#set': [2] } },
            event: 'lift.log:17',
            line: 3,
          },
          { action: 'Open', args: [], state: { door: 'open', lit: { '#set': [2] } }, line: 4 },
        ],
      },
      { initial: { door: 'open', lit: { '#set': [] } }, line: 5, steps: [] },
    ]);
  });

  it('reads back what it writes', () => {
    const trace = readNdjson(whole, 'lift.ndjson');
    expect(readNdjson(writeNdjson(trace as NdjsonContent), 'lift.ndjson').runs).toEqual(
      trace.runs.map((run) => ({ ...run, line: expect.any(Number) })),
    );
  });

  it('knows a file that was cut at any byte', () => {
    for (let length = 0; length < whole.length; length++) {
      const error = failure(whole.slice(0, length));
      expect(error.hint, `cut at ${length}`).not.toBe('');
    }
  });
});

describe('a broken NDJSON trace is refused with its place', () => {
  it.each([
    ['a cut line', whole.slice(0, -10), /^lift.ndjson:6:\d+: the last line does not end in a newline/],
    ['no end record', `${lines.slice(0, 5).join('\n')}\n`, /^lift.ndjson:5:\d+: the end record is missing/],
    [
      'a wrong version',
      withLine(1, header.replace('trace/1', 'trace/9')),
      /^lift.ndjson:1:2: .*"fukugen-trace\/9"/,
    ],
    ['no header', `${lines.slice(1).join('\n')}\n`, /^lift.ndjson:1:1: the first line is no trace header/],
    ['bad JSON', withLine(3, '{"action":"Press",]'), /^lift.ndjson:3:19: not JSON/],
    [
      'a missing variable',
      withLine(4, '{"action":"Open","state":{"door":"open"}}'),
      /^lift.ndjson:4:1: .*no value for lit/,
    ],
    [
      'an unknown variable',
      withLine(3, '{"action":"Press","changes":{"lift":1}}'),
      /^lift.ndjson:3:30: lift is no variable/,
    ],
    [
      'no such value',
      withLine(2, '{"state":{"door":null,"lit":1}}'),
      /^lift.ndjson:2:11: state.door: is no value/,
    ],
    ['a fraction', withLine(2, '{"state":{"door":1.5,"lit":1}}'), /^lift.ndjson:2:11: state.door: /],
    [
      'a key twice',
      withLine(2, '{"state":{"door":{"#map":[[1,1],[1,2]]},"lit":1}}'),
      /^lift.ndjson:2:19: state.door.#map: a key is there twice/,
    ],
    [
      'a step first',
      withLine(2, '{"action":"Open","state":{"door":1,"lit":1}}'),
      /^lift.ndjson:2:1: a step before any state/,
    ],
    [
      'state and changes',
      withLine(3, '{"action":"A","state":{"door":1,"lit":1},"changes":{}}'),
      /^lift.ndjson:3:1: .*either/,
    ],
    [
      'a lost line',
      withLine(3, lines[1] ?? ''),
      /^lift.ndjson:6:1: the end record counts 2 runs and 2 steps, the file has 3 and 1/,
    ],
    ['more after the end', `${whole}${lines[1]}\n`, /^lift.ndjson:7:1: there is more/],
    ['an unknown field', withLine(3, '{"action":"A","changes":{},"sate":{}}'), /^lift.ndjson:3:\d+: .*sate/],
    ['nothing', '', /^lift.ndjson:1:1: the file is empty/],
    ['binary data', '\u0000\u0001', /^lift.ndjson:1:3: the last line does not end/],
  ])('%s', (_name, text, message) => {
    const error = failure(text);
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe('');
  });
});

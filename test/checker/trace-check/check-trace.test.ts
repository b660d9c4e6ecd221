import { describe, expect, it } from 'vitest';
import { renderTraceCheck, traceCheckJson } from '../../../checker/report/trace-check.ts';
import type { GraphInput, GraphResult } from '../../../checker/tla/api.ts';
import { checkTrace, type JudgeGraph } from '../../../checker/trace-check/check-trace.ts';
import { readMapping } from '../../../checker/trace-check/mapping.ts';
import type { RecordedTrace } from '../../../traces/trace.ts';

const spec = { folder: '/spec', module: 'Door' };
const conjunct = { action: 'Open', text: 'door = "shut"', module: 'Door', line: 7, column: 3 };

/** Runs of one variable `d` beside one that the spec does not know; each step is [action, value]. */
function traceOf(...runs: readonly (readonly (readonly [string | undefined, string])[])[]): RecordedTrace {
  return {
    file: 'door.ndjson',
    variables: ['d', 'noise'],
    provenance: { tool: 'door 1.0' },
    runs: runs.map((steps, run) => ({
      initial: { d: 'shut', noise: run },
      line: 2,
      steps: steps.map(([action, d], index) => ({
        ...(action === undefined ? {} : { action }),
        args: [],
        state: { d, noise: index },
        event: `tick ${index}`,
        line: 3 + index,
      })),
    })),
  };
}

function mappingOf(over: object = {}) {
  const text = { format: 'fukugen-map/1', variables: { door: 'd' }, ignore: ['noise'], ...over };
  return readMapping(JSON.stringify(text), 'map.json');
}

/** An engine that answers as it is told, and keeps what it was asked. */
function judgeOf(answer: (input: GraphInput) => Partial<GraphResult> = () => ({}), doubts: string[] = []) {
  const inputs: GraphInput[] = [];
  const judge: JudgeGraph = async (input) => {
    inputs.push(input);
    const result: GraphResult = {
      badEdges: [],
      badStates: [],
      errors: [],
      actions: {},
      premises: {},
      statesCount: input.states.length,
      edgesCount: input.edges.length,
      seconds: 0,
      ...answer(input),
    };
    const engine = { name: 'embedded' as const, version: '1', states: 0, edges: 0, badEdges: 0, seconds: 0 };
    return { result, engines: [engine], doubts };
  };
  return { judge, inputs };
}

describe('the trace in the terms of the spec', () => {
  it('has its variables renamed, its actions mapped, equal states and steps merged', async () => {
    const { judge, inputs } = judgeOf();
    const trace = traceOf(
      [
        ['opens', 'open'],
        ['beep', 'open'],
        ['Shut', 'shut'],
      ],
      [
        ['opens', 'open'],
        [undefined, 'open'],
        [undefined, 'shut'],
      ],
    );
    const mapping = mappingOf({
      actions: { opens: 'Open', beep: null },
      invariants: ['Inv'],
      constants: { N: 2 },
    });
    const result = await checkTrace({ trace, mapping, spec }, judge);
    expect(inputs).toEqual([
      {
        specFolder: '/spec',
        module: 'Door',
        constants: { N: 2 },
        variables: ['door'],
        states: [{ door: 'shut' }, { door: 'open' }],
        initial: [0],
        init: 'Init',
        edges: [
          { from: 0, to: 1, action: 'Open', args: [] },
          { from: 1, to: 0, action: 'Shut', args: [] },
          { from: 1, to: 0, action: 'Next', args: [] },
        ],
        invariants: ['Inv'],
        actionProperties: [],
        refinements: [],
      },
    ]);
    expect(result).toMatchObject({ verdict: 'consistent', runs: 2, states: 2, steps: 3, findings: [] });
  });

  it('is refused where the mapping does not fit it', async () => {
    const { judge } = judgeOf();
    const trace = traceOf([]);
    await expect(
      checkTrace({ trace, mapping: mappingOf({ ignore: ['voice'] }), spec }, judge),
    ).rejects.toThrow(/names voice, which the trace does not have/);
    const twice = mappingOf({ variables: { noise: 'd' }, ignore: [] });
    await expect(checkTrace({ trace, mapping: twice, spec }, judge)).rejects.toThrow(/two sources/);
  });
});

describe('what the check finds', () => {
  const steps = traceOf([
    ['Shut', 'shut'],
    ['Open', 'open'],
    ['Open', 'wide'],
    ['Open', 'torn'],
  ]);

  it('groups bad steps by their root and shows the shortest way to one', async () => {
    const { judge } = judgeOf(({ edges }) => ({
      badEdges: [3, 2].map((edge) => ({
        edge,
        why: 'action' as const,
        name: edges[edge]?.action ?? '',
        conjunct,
        differing: ['door'],
      })),
    }));
    const result = await checkTrace({ trace: steps, mapping: mappingOf(), spec }, judge);
    expect(result.verdict).toBe('violated');
    expect(result.findings).toHaveLength(1);
    expect(result.findings[0]).toMatchObject({
      kind: 'action',
      name: 'Open',
      count: 2,
      initial: { door: 'shut' },
    });
    expect(result.findings[0]?.path.map(({ action, line, event }) => [action, line, event])).toEqual([
      ['Open', 4, 'tick 1'],
      ['Open', 5, 'tick 2'],
    ]);
    const text = renderTraceCheck(result, { color: false });
    expect(text).toMatch(/^✘ violated {2}door\.ndjson against Door · 1 run · 4 states/);
    expect(text).toContain('the step is no step of Open');
    expect(text).toContain('step         Open  door.ndjson:5  tick 2');
    expect(text).toContain('door = "shut"  Door:7');
    expect(text).toMatch(/door {2}"open" {2}→ {2}"wide"/);
    expect(JSON.parse(traceCheckJson(result))).toMatchObject({
      format: 'fukugen-trace-check/1',
      verdict: 'violated',
    });
  });

  it('shows how a bad state is come to, an initial one without a step', async () => {
    const { judge } = judgeOf(() => ({
      badStates: [
        { state: 2, name: 'Inv', conjunct },
        { state: 0, name: 'Init', conjunct },
      ],
    }));
    const result = await checkTrace({ trace: steps, mapping: mappingOf(), spec }, judge);
    expect(result.findings.map(({ kind, path }) => [kind, path.length])).toEqual([
      ['invariant', 2],
      ['initial', 0],
    ]);
    expect(renderTraceCheck(result, { color: false })).toContain(
      'the first state of a run does not satisfy Init',
    );
  });

  it('finds a step that the spec was not to notice, without the engine', async () => {
    const { judge, inputs } = judgeOf();
    const mapping = mappingOf({ actions: { Shut: null, Open: null } });
    const result = await checkTrace({ trace: steps, mapping, spec }, judge);
    expect(inputs[0]?.edges).toEqual([]);
    expect(result).toMatchObject({ verdict: 'violated' });
    expect(result.findings.map(({ kind, name, differing }) => [kind, name, differing])).toEqual([
      ['unnoticed', 'Open', ['door']],
    ]);
    expect(result.findings[0]?.count).toBe(3);
  });
});

describe('a failure that many steps share', () => {
  it('is told once, with the first of its lines', async () => {
    const trace = traceOf([
      ['A', 'a'],
      ['B', 'b'],
      ['A', 'c'],
      ['B', 'd'],
      ['A', 'e'],
    ]);
    const { judge } = judgeOf(
      ({ edges }) => ({
        errors: edges.map((_, edge) => ({ edge, message: 'no operator' })),
      }),
      ['the embedded engine could not evaluate: no operator'],
    );
    const result = await checkTrace({ trace, mapping: mappingOf(), spec }, judge);
    expect(result.undecided).toEqual(['no operator (trace line 3, 4, 5 and 2 more)']);
  });
});

describe('a green that would mean nothing is undecided', () => {
  const one = traceOf([['Open', 'open']]);
  it.each([
    ['an empty trace', traceOf(), {}, {}, [], /no step/],
    ['a run without steps', traceOf([]), {}, {}, [], /no step/],
    [
      'an action that was never taken',
      one,
      { actions: { Shut: 'Shut' } },
      {},
      [],
      /Shut of the mapping was never taken/,
    ],
    ['a premise that never held', one, {}, { premises: { Inv: 0 } }, [], /premise of Inv never held/],
    [
      'a step that could not be evaluated',
      one,
      {},
      { errors: [{ edge: 0, message: 'no operator Open' }] },
      [],
      /no operator Open \(trace line 3\)/,
    ],
    ['engines that disagree', one, {}, {}, ['the engines disagree'], /the engines disagree/],
  ])('%s', async (_name, trace, over, answer, doubts, message) => {
    const { judge } = judgeOf(() => answer, doubts);
    const result = await checkTrace({ trace, mapping: mappingOf(over), spec }, judge);
    expect(result.verdict).toBe('undecided');
    expect(renderTraceCheck(result, { color: false })).toMatch(message);
  });
});

import { describe, expect, it } from 'vitest';
import { modelCheck } from '../../../checker/tla/engine.ts';
import { folderWith } from './modules.ts';

const HOUR = `
EXTENDS Naturals
CONSTANT Last
VARIABLE hour
Init == hour \\in 1..Last
Tick == hour' = (hour % Last) + 1
Stop == hour = Last /\\ hour' = 0
Next == Tick
NextThatStops == Tick \\/ Stop
Spec == Init /\\ [][Next]_hour
Fair == Spec /\\ WF_hour(Next)
Below == hour < Last
Forward == [][hour' = hour + 1 \\/ hour = Last]_hour
Never == [][hour' # 2]_hour
Always == <>(hour = 1)
Early == hour < 3
Parity == INSTANCE Parity WITH odd <- hour % 2 = 1
Refines == Parity!Spec
Breaks == Parity!Wrong`;

const PARITY = `
VARIABLE odd
Init == odd \\in BOOLEAN
Flip == odd' = ~odd
Spec == Init /\\ [][Flip]_odd
Wrong == Init /\\ [][FALSE]_odd`;

const check = (
  config: string,
  modules: Record<string, string> = { Hour: HOUR, Parity: PARITY },
  module = 'Hour',
) => modelCheck({ specFolder: folderWith(modules), module, config });

describe('modelCheck', () => {
  it('explores every state and counts as TLC does', async () => {
    const result = await check(
      'SPECIFICATION Spec CONSTANT Last = 12 PROPERTIES Forward Refines INVARIANT Init',
    );
    expect(result).toMatchObject({
      verdict: 'ok',
      generated: 24,
      distinct: 12,
      depth: 1,
      actions: { Tick: 12 },
    });
    expect(result.violation).toBeUndefined();
  });

  it('gives the shortest trace to a broken invariant, with actions and the false conjunct', async () => {
    const result = await check('INIT Init NEXT Next CONSTANT Last = 3 INVARIANT Below');
    expect(result.verdict).toBe('violated');
    expect(result.violation).toMatchObject({
      kind: 'invariant',
      name: 'Below',
      conjunct: { text: 'hour < Last', module: 'Hour', line: 13 },
      trace: [{ action: 'Initial predicate', state: { hour: 3 } }],
    });
  });

  it('finds broken steps, broken refinement and deadlock', async () => {
    const step = await check('SPECIFICATION Spec CONSTANT Last = 3 PROPERTY Never');
    expect(step.violation).toMatchObject({
      kind: 'action property',
      name: 'Never',
      trace: [{}, { action: 'Tick' }],
    });
    const refinement = await check('SPECIFICATION Spec CONSTANT Last = 2 PROPERTY Breaks');
    expect(refinement.violation).toMatchObject({
      kind: 'refinement',
      conjunct: { text: 'FALSE', module: 'Parity' },
    });
    const deadlock = await check('INIT Init NEXT Stop CONSTANT Last = 2');
    expect(deadlock.violation).toMatchObject({ kind: 'deadlock', trace: [{ state: { hour: 1 } }] });
    const allowed = await check('INIT Init NEXT Stop CONSTANT Last = 2 CHECK_DEADLOCK FALSE');
    expect(allowed).toMatchObject({ verdict: 'ok', distinct: 3 });
  });

  it('keeps to constraints, and stops at a limit without a verdict', async () => {
    const constrained = await check('SPECIFICATION Spec CONSTANT Last = 9 CONSTRAINT Early');
    expect(constrained).toMatchObject({ verdict: 'ok', distinct: 2 });
    const modules = { Up: "EXTENDS Naturals\nVARIABLE x\nInit == x = 0\nNext == x' = x + 1" };
    const limited = await modelCheck({
      specFolder: folderWith(modules),
      module: 'Up',
      config: 'INIT Init NEXT Next',
      statesMax: 50,
    });
    expect(limited).toMatchObject({ verdict: 'limit', distinct: 50 });
  });

  it('makes one state of those that a symmetry exchanges', async () => {
    const modules = {
      Sets: `
EXTENDS TLC
CONSTANT People
VARIABLE in
Init == in = {}
Next == \\E p \\in People \\ in : in' = in \\cup {p}
Symmetry == Permutations(People)`,
    };
    const config = 'INIT Init NEXT Next CONSTANTS People = {a, b, c} CHECK_DEADLOCK FALSE';
    expect(await check(config, modules, 'Sets')).toMatchObject({ distinct: 8 });
    expect(await check(`${config} SYMMETRY Symmetry`, modules, 'Sets')).toMatchObject({ distinct: 4 });
  });

  it('takes an error of evaluation for an error, with the way to it', async () => {
    const modules = {
      Bad: 'EXTENDS Naturals\nVARIABLE x\nInit == x = 0\nNext == x\' = x + 1 /\\ (x = 2 => x = "a")',
    };
    const result = await check('INIT Init NEXT Next', modules, 'Bad');
    expect(result).toMatchObject({
      verdict: 'error',
      violation: { kind: 'evaluation', module: 'Bad', line: 5 },
    });
    expect(result.violation?.kind === 'evaluation' && result.violation.trace.length).toBe(3);
    const forgotten = { Half: "VARIABLES x, y\nInit == x = 0 /\\ y = 0\nNext == x' = 1" };
    const half = await check('INIT Init NEXT Next', forgotten, 'Half');
    expect(half.violation).toMatchObject({
      kind: 'evaluation',
      message: expect.stringContaining('y has no value'),
    });
  });

  it('refuses liveness by name, and bad configurations with their line', async () => {
    await expect(check('SPECIFICATION Spec CONSTANT Last = 3 PROPERTY Always')).rejects.toThrow(
      /Hour.tla:16.*liveness/,
    );
    await expect(check('SPECIFICATION Spec CONSTANT Last = 3 PROPERTY Fair')).rejects.toThrow(/fairness/);
    await expect(check('SPECIFICATION Spec\nCONSTANT Last 3')).rejects.toThrow(/:2: = or <- is needed/);
    await expect(check('SPECIFICATION Spec')).rejects.toThrow(/Last of Hour has no value/);
    await expect(check('INVARIANTS')).rejects.toThrow(/names nothing/);
    await expect(check('SPEC Spec')).rejects.toThrow(/SPEC is no section/);
  });

  it('can be aborted', async () => {
    const modules = { Up: "EXTENDS Naturals\nVARIABLE x\nInit == x = 0\nNext == x' = x + 1" };
    const folder = folderWith(modules);
    const signal = AbortSignal.timeout(300);
    await expect(
      modelCheck({ specFolder: folder, module: 'Up', config: 'INIT Init NEXT Next', signal }),
    ).rejects.toThrow(/aborted|timeout/);
  });
});

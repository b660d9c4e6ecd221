import { describe, expect, it } from 'vitest';
import { modelCheck, SpecError, UncoveredError } from '../../../checker/tla/engine.ts';
import { loadSpecification } from '../../../checker/tla/semantics/load.ts';
import { folderWith } from './modules.ts';

const load = (body: string, more: Readonly<Record<string, string>> = {}) =>
  loadSpecification(folderWith({ M: body, ...more }), 'M');

describe('what the embedded engine does not cover', () => {
  it.each([
    ['EXTENDS Reals', 2, 'the module Reals'],
    ['EXTENDS Bags', 2, 'the module Bags'],
    ['VARIABLE x\nA == x = 1.5', 3, 'decimal fractions'],
    ['A == TRUE /\\ FALSE\nB == A!1', 3, 'subexpression'],
    ['EXTENDS TLC\nA == RandomElement({1})', 3, 'RandomElement'],
    ['EXTENDS TLC\nA == TLCGet(1)', 3, 'TLCGet'],
    ['---- MODULE Inner ----\nX == 1\n====\nA == 1', 2, 'module in a module'],
    ['A == TRUE\nTHEOREM A\nPROOF OBVIOUS\nUSE A', 5, 'use or hide'],
  ])('%j is refused by name and line', async (body, line, what) => {
    const error: unknown = await load(body).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UncoveredError);
    expect((error as Error).message).toContain(`M.tla:${line}:`);
    expect((error as Error).message).toContain(what);
  });
});

describe('what is no TLA+', () => {
  it.each([
    ['A == (1', /does not parse/],
    ['A == 1 = 2 = 3', /M.tla:2:12: precedence conflict between = and =/],
    ['A == B', /M.tla:2:6: B is not defined/],
    ['A(x) == x\nC == A(1, 2)', /M.tla:3:6: A has 1 arguments, but 2 are given/],
    ['EXTENDS Other', /there is no module Other/],
    ['A == 99999999999', /does not fit 32 bits/],
    ['I == INSTANCE N WITH y <- 1', /N declares no y that WITH could replace/],
    ['I == INSTANCE V', /INSTANCE V does not say what v is/],
    ['EXTENDS Loop', /need each other/],
  ])('%j is rejected with its place', async (body, message) => {
    const modules = { N: 'A == 1', V: 'VARIABLE v', Loop: 'EXTENDS M' };
    const error: unknown = await load(body, modules).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SpecError);
    expect((error as Error).message).toMatch(message);
  });

  it('names a module whose file is named otherwise', async () => {
    const folder = folderWith({ M: 'EXTENDS N', N: '\\* nothing' });
    const { renameSync } = await import('node:fs');
    renameSync(`${folder}/N.tla`, `${folder}/P.tla`);
    await expect(loadSpecification(folder, 'P')).rejects.toThrow(
      /holds module N; its file must be named N.tla/,
    );
  });
});

describe('formulas that only evaluation can reject', () => {
  it.each([
    ['x = <>TRUE', /cannot stand here/],
    ['\\E y : y = x', /unbounded \\E/],
    ['x + 2147483647 > 0', /Overflow/],
    ['x = "one"', /check equality of 1 with "one"/],
    ['<<x>>[2] = 1', /index 2 of the tuple <<1>>, which is out of bounds/],
    ['(CHOOSE y \\in {2} : y = x) = 1', /no element of S satisfied P/],
    ["x' = 1", /x' has no value/],
    ['Nat = {x}', /Nat, which is not enumerable/],
    ['Deep(x) = 0', /nests too deeply/],
  ])('%j stops the search with an error', async (formula, message) => {
    const body = `EXTENDS Integers, Sequences\nVARIABLE x\nRECURSIVE Deep(_)\nDeep(n) == Deep(n + 0) + 1\nInit == x = 1\nNext == x' = x\nInv == ${formula}`;
    const folder = folderWith({ M: body });
    try {
      const result = await modelCheck({
        specFolder: folder,
        module: 'M',
        config: 'INIT Init NEXT Next INVARIANT Inv',
      });
      expect(result.verdict).toBe('error');
      expect(result.violation?.kind === 'evaluation' && result.violation.message).toMatch(message);
    } catch (error) {
      expect(error).toBeInstanceOf(SpecError);
      expect((error as Error).message).toMatch(message);
    }
  });
});

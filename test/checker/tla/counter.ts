/** A small spec and graphs of it, for both engines. */
import type { GraphInput } from '../../../checker/tla/engine.ts';
import { folderWith } from './modules.ts';

const COUNTER = `
EXTENDS Naturals, Sequences
CONSTANTS Limit, Names
VARIABLES n, log

vars == <<n, log>>

Init == n = 0 /\\ log = <<>>

Add(k) ==
    /\\ n + k <= Limit
    /\\ n' = n + k
    /\\ log' = Append(log, k)

Clear ==
    \\/ /\\ n > 0
       /\\ n' = 0
       /\\ log' = <<>>
    \\/ /\\ n = Limit
       /\\ UNCHANGED vars

Some == \\E k \\in 1..3 : Add(k)

Small == n <= Limit
OnlyFull == n = Limit => Len(log) > 0
NeverEleven == \\A name \\in Names : n = 11 => name = "x"
Grows == n' >= n
GrowsUnlessCleared == n' < n => n' = 0
Broken == log[5] = 1

Abstract == INSTANCE Switch WITH on <- n > 0
AbstractNext == Abstract!Next`;

const SWITCH = `
VARIABLE on
Init == on = FALSE
Next == on' = ~on`;

export const state = (n: number, log: number[]) => ({ n, log });

export function graph(folder: string, part: Partial<GraphInput>): GraphInput {
  return {
    specFolder: folder,
    module: 'Counter',
    constants: { Limit: 4, Names: { '#set': ['x'] } },
    variables: ['n', 'log'],
    states: [state(0, []), state(2, [2]), state(4, [2, 2]), state(9, [])],
    initial: [0],
    init: 'Init',
    edges: [],
    invariants: [],
    actionProperties: [],
    ...part,
  };
}

export const folder = () => folderWith({ Counter: COUNTER, Switch: SWITCH });

/** Checks a graph by TLC: the same question as the embedded engine answers, so that the two can be compared. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GraphInput, TlcGraphResult, TlcLocation } from '../api.ts';
import { SpecError } from '../errors.ts';
import { stutterText } from '../graph/stuttering.ts';
import { Program } from '../program.ts';
import { fromItf } from '../value/itf.ts';
import { actionText, type GraphPromise, type Group, graphModule, MARK, MODULE_NAME } from './graph-module.ts';
import { runTlc } from './run.ts';

/** TLC stops at what it cannot evaluate; the rest is checked in another run, this many times at most. */
const RUNS_MAX = 20;

interface Plan {
  readonly groups: readonly Group[];
  /** Edges that no action matches. */
  readonly errors: readonly string[];
  readonly known: ReadonlySet<string>;
}

async function plan(input: GraphInput): Promise<Plan> {
  const constants = new Map(Object.entries(input.constants).map(([name, value]) => [name, fromItf(value)]));
  const program = await Program.load({
    folder: input.specFolder,
    module: input.module,
    constants: () => constants,
  });
  const errors: string[] = [];
  const promises: GraphPromise[] = [
    ...input.actionProperties.map((name): GraphPromise => ({ why: 'property', name, formula: name })),
    ...(input.refinements ?? []).map((name): GraphPromise => {
      const text = stutterText(program, program.predicate(name));
      return { why: 'refinement', name, formula: `[${name}]_<<${text.join(', ')}>>` };
    }),
  ];
  const groups = new Map<string, { members: number[]; promises: GraphPromise[] }>();
  input.edges.forEach((edge, index) => {
    const formula = actionText(edge);
    let group = groups.get(formula);
    if (group === undefined) {
      const action: GraphPromise = { why: 'action', name: edge.action, formula };
      group = { members: [], promises: [action, ...promises] };
      try {
        program.predicate(edge.action, edge.args.length);
      } catch (error) {
        if (!(error instanceof SpecError)) throw error;
        errors.push(`edge ${index}: an event that no action matches: ${formula}`);
        group.promises.shift();
      }
      groups.set(formula, group);
    }
    group.members.push(index);
  });
  const states: Group[] = [];
  if (input.invariants.length > 0 && input.states.length > 0) {
    const members = input.states.map((_, index) => index);
    states.push({
      kind: 'states',
      members,
      promises: input.invariants.map((name) => ({ why: 'state', name, formula: name })),
    });
  }
  if (input.initial.length > 0) {
    states.push({
      kind: 'states',
      members: input.initial,
      promises: [{ why: 'init', name: input.init, formula: input.init }],
    });
  }
  const known = new Set(program.spec.root.scope.names.keys());
  const edges = [...groups.values()].filter((group) => group.promises.length > 0);
  return {
    groups: [...edges.map((group): Group => ({ kind: 'edges', ...group })), ...states],
    errors,
    known,
  };
}

type Broken = { readonly group: Group; readonly member: number; readonly promise: GraphPromise };

const LINE = new RegExp(`^<<"${MARK}", (\\d+), (\\d+), (\\d+)>>$`);

function brokenIn(groups: readonly Group[], printed: readonly string[]): Broken[] {
  const found = new Map<string, Broken>();
  for (const line of printed) {
    const match = LINE.exec(line.trim());
    if (match === null) continue;
    const group = groups[Number(match[1])];
    const member = group?.members[Number(match[2]) - 1];
    const promise = group?.promises[Number(match[3])];
    if (group !== undefined && member !== undefined && promise !== undefined)
      found.set(line, { group, member, promise });
  }
  return [...found.values()];
}

/**
 * Each member of a group is one initial state and one successor, so TLC's own count of distinct states says
 * whether it visited them all. Null when it did.
 */
export function unvisited(groups: readonly Group[], distinct: number): string | null {
  const expected = 2 * groups.reduce((total, group) => total + group.members.length, 0);
  return distinct === expected
    ? null
    : `TLC visited ${distinct} states of the graph's model instead of ${expected}`;
}

function visitedBy(groups: readonly Group[], kind: Group['kind']): number {
  return new Set(groups.filter((group) => group.kind === kind).flatMap((group) => group.members)).size;
}

/** The group and member that TLC was at when it stopped, from the state that it prints. */
function stoppedAt(
  messages: readonly { readonly text: string }[],
): { group: number; member: number } | undefined {
  for (const { text } of messages.toReversed()) {
    const group = /fukugenGroup = (\d+)/.exec(text);
    const member = /fukugenMember = (\d+)/.exec(text);
    if (group !== null && member !== null) return { group: Number(group[1]), member: Number(member[1]) };
  }
  return undefined;
}

/**
 * Checks the graph with TLC, as one model with two states per edge.
 * @throws UsageError if TLC, the module or the graph cannot be used; the signal's reason when aborted.
 */
export async function checkGraphWithTlc(
  input: GraphInput,
  tlc: TlcLocation,
  signal?: AbortSignal,
): Promise<TlcGraphResult> {
  const start = performance.now();
  const { groups: all, errors: unmatched, known } = await plan(input);
  const errors = [...unmatched];
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-graph-'));
  const badEdges = new Map<string, TlcGraphResult['badEdges'][number]>();
  const badStates = new Map<string, TlcGraphResult['badStates'][number]>();
  let version = 'TLC';
  let groups = all;
  let visited: readonly Group[] = [];
  try {
    for (const file of await readdir(input.specFolder)) {
      if (file.endsWith('.tla')) cpSync(join(input.specFolder, file), join(folder, file));
    }
    for (let run = 0; groups.length > 0; run++) {
      const { module, config } = graphModule(input, groups, known);
      writeFileSync(join(folder, `${MODULE_NAME}.tla`), module);
      writeFileSync(join(folder, `${MODULE_NAME}.cfg`), config);
      const result = await runTlc({
        tlc,
        folder,
        module: MODULE_NAME,
        config: `${MODULE_NAME}.cfg`,
        ignoreDeadlock: true,
        ...(signal === undefined ? {} : { signal }),
      });
      version = result.version;
      for (const { member, promise } of brokenIn(groups, result.output.printed)) {
        const { why, name } = promise;
        const key = `${member} ${why} ${name}`;
        if (why === 'state' || why === 'init') badStates.set(key, { state: member, name });
        else badEdges.set(key, { edge: member, why, name });
      }
      if (result.verdict === 'ok') {
        const missing = unvisited(groups, result.distinct);
        if (missing === null) visited = groups;
        else errors.push(missing);
        break;
      }
      const at = stoppedAt(result.output.messages);
      const member = at === undefined ? undefined : groups[at.group]?.members[at.member - 1];
      if (at === undefined || member === undefined || run + 1 >= RUNS_MAX) {
        errors.push(...result.errors);
        break;
      }
      errors.push(
        `${groups[at.group]?.kind === 'edges' ? 'edge' : 'state'} ${member}: ${result.errors.join(' ')}`,
      );
      groups = groups
        .map((group, g) =>
          g === at.group ? { ...group, members: group.members.filter((one) => one !== member) } : group,
        )
        .filter((group) => group.members.length > 0);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    badEdges: [...badEdges.values()].sort((a, b) => a.edge - b.edge),
    badStates: [...badStates.values()].sort((a, b) => a.state - b.state),
    errors,
    edgesCount: visitedBy(visited, 'edges'),
    statesCount: visitedBy(visited, 'states'),
    version,
    seconds: (performance.now() - start) / 1000,
  };
}

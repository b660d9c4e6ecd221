/** A graph as a module for TLC: both states of every edge as data, the promises as values of one variable. */
import type { GraphEdge, GraphInput, ItfValue } from '../api.ts';
import { fromItf } from '../value/itf.ts';
import { showSorted } from '../value/show.ts';

/** A promise to be checked, as a formula of the root module. */
export interface GraphPromise {
  readonly why: 'action' | 'property' | 'refinement' | 'state' | 'init';
  readonly name: string;
  readonly formula: string;
}

/** Edges with the same action and arguments, or states; `members` are indexes into the graph. */
export interface Group {
  readonly kind: 'edges' | 'states';
  readonly members: readonly number[];
  readonly promises: readonly GraphPromise[];
}

/** The word that begins every line that the module prints. */
export const MARK = 'fukugen-broken';

export const MODULE_NAME = 'FukugenGraph';

export function valueText(value: ItfValue): string {
  return showSorted(fromItf(value));
}

/** Names of the model values in a value. */
export function modelNames(value: ItfValue, into: Set<string>): void {
  if (typeof value !== 'object') return;
  if ('#model' in value) into.add(String(value['#model']));
  for (const part of Object.values(value)) modelNames(part as ItfValue, into);
}

/** The action of an edge as a formula. */
export function actionText(edge: GraphEdge): string {
  return edge.args.length === 0 ? edge.action : `${edge.action}(${edge.args.map(valueText).join(', ')})`;
}

/** Lists of numbers and values, a screenful a line. */
function sequence(items: readonly (string | number)[]): string {
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += 40) lines.push(items.slice(i, i + 40).join(', '));
  return `<<${lines.join(',\n  ')}>>`;
}

class ModuleWriter {
  private readonly input: GraphInput;
  private readonly lines: string[] = [];

  constructor(input: GraphInput) {
    this.input = input;
  }

  /** Distinct values of each variable once, and for each state the number of its value. */
  private states(): void {
    this.input.variables.forEach((variable, v) => {
      const numbers = new Map<string, number>();
      const rows = this.input.states.map((state) => {
        const text = valueText(state[variable] as ItfValue);
        const number = numbers.get(text) ?? numbers.size + 1;
        numbers.set(text, number);
        return number;
      });
      this.lines.push(`FukugenValue${v} == ${sequence([...numbers.keys()])}`);
      this.lines.push(`FukugenState${v} == ${sequence(rows)}`);
    });
  }

  private assignment(state: string, primed: boolean): string[] {
    return this.input.variables.map(
      (variable, v) => `/\\ ${variable}${primed ? "'" : ''} = FukugenValue${v}[FukugenState${v}[${state}]]`,
    );
  }

  private group(group: Group, g: number): void {
    const { edges } = this.input;
    const from = group.members.map(
      (member) => (group.kind === 'states' ? member : (edges[member]?.from ?? 0)) + 1,
    );
    this.lines.push(`FukugenFrom${g} == ${sequence(from)}`);
    const init = [
      `/\\ fukugenGroup = ${g}`,
      `/\\ fukugenMember \\in 1..${group.members.length}`,
      '/\\ fukugenDone = <<>>',
      ...this.assignment(`FukugenFrom${g}[fukugenMember]`, false),
    ];
    this.lines.push(`FukugenInit${g} ==\n  ${init.join('\n  ')}`);
    const next = [`/\\ fukugenGroup = ${g}`, '/\\ fukugenDone = <<>>'];
    if (group.kind === 'edges') {
      const to = group.members.map((member) => (edges[member]?.to ?? 0) + 1);
      this.lines.push(`FukugenTo${g} == ${sequence(to)}`);
      next.push(...this.assignment(`FukugenTo${g}[fukugenMember]`, true));
    } else {
      next.push(`/\\ UNCHANGED <<${this.input.variables.join(', ')}>>`);
    }
    next.push('/\\ UNCHANGED <<fukugenGroup, fukugenMember>>');
    const tests = group.promises.map(
      (promise, p) => `(${promise.formula}) \\/ PrintT(<<"${MARK}", ${g}, fukugenMember, ${p}>>)`,
    );
    next.push(`/\\ fukugenDone' = <<${tests.join(',\n       ')}>>`);
    this.lines.push(`FukugenNext${g} ==\n  ${next.join('\n  ')}`);
  }

  write(groups: readonly Group[], models: readonly string[]): string {
    this.lines.push(`EXTENDS ${this.input.module}, TLC`);
    if (models.length > 0) this.lines.push(`CONSTANTS ${models.join(', ')}`);
    this.lines.push('VARIABLES fukugenGroup, fukugenMember, fukugenDone');
    for (const [name, value] of Object.entries(this.input.constants)) {
      this.lines.push(`FukugenConstant_${name} == ${valueText(value)}`);
    }
    this.states();
    groups.forEach((group, g) => {
      this.group(group, g);
    });
    const each = (name: string): string => groups.map((_, g) => `  \\/ ${name}${g}`).join('\n');
    this.lines.push(`FukugenInit ==\n${each('FukugenInit')}`);
    this.lines.push(`FukugenNext ==\n${each('FukugenNext')}`);
    this.lines.push('FukugenView == <<fukugenGroup, fukugenMember, fukugenDone>>');
    return `---- MODULE ${MODULE_NAME} ----\n${this.lines.join('\n')}\n====\n`;
  }
}

/** The module and its configuration. `known` are the names that the root module declares. */
export function graphModule(
  input: GraphInput,
  groups: readonly Group[],
  known: ReadonlySet<string>,
): { readonly module: string; readonly config: string } {
  const models = new Set<string>();
  for (const state of input.states) modelNames(state, models);
  for (const edge of input.edges) modelNames(edge.args, models);
  for (const value of Object.values(input.constants)) modelNames(value, models);
  const undeclared = [...models].filter((name) => !known.has(name));
  const module = new ModuleWriter(input).write(groups, undeclared);
  const constants = [
    ...Object.keys(input.constants).map((name) => `${name} <- FukugenConstant_${name}`),
    ...[...models].filter((name) => !(name in input.constants)).map((name) => `${name} = ${name}`),
  ];
  const config = [
    'INIT FukugenInit',
    'NEXT FukugenNext',
    'VIEW FukugenView',
    ...(constants.length > 0 ? ['CONSTANTS', ...constants.map((line) => `  ${line}`)] : []),
  ];
  return { module, config: `${config.join('\n')}\n` };
}

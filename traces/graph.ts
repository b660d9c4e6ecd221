import { invariant } from '../emulator/invariant.ts';
import { canonicalKey, type TraceState, type TraceValue } from './value.ts';

export type StateId = number & { readonly __brand: 'StateId' };
export type EdgeId = number & { readonly __brand: 'EdgeId' };

/** A step between two states as it is kept: once, however often it was seen. */
export interface GraphEdge<Where> {
  readonly from: StateId;
  readonly to: StateId;
  readonly action: string;
  readonly args: readonly TraceValue[];
  /** Where the step was seen first. */
  readonly where: Where;
  /** How often it was seen. */
  readonly count: number;
}

interface Label {
  readonly action: string;
  readonly args: readonly TraceValue[];
}

const NONE = -1;

/**
 * The abstract states and steps of many runs, merged: equal states are one state, equal steps (same states,
 * action and arguments) one edge with a count and the place where it was first seen. Identifiers count up
 * from 0 in the order of first appearance, so the same runs give the same graph.
 *
 * `Where` is whatever the caller needs to find a step again. A caller that adds the same state many times
 * hands in its key (any string that is equal for equal states only; by default `canonicalKey`).
 */
export class TraceGraph<Where> {
  readonly states: TraceState[] = [];
  private readonly stateByKey = new Map<string, StateId>();
  private readonly initial = new Set<StateId>();

  private readonly labels: Label[] = [];
  private readonly labelByKey = new Map<string, number>();
  private readonly wheres: Where[] = [];
  private edges = 0;
  private from = new Int32Array(1024);
  private to = new Int32Array(1024);
  private label = new Int32Array(1024);
  private seen = new Float64Array(1024);
  /** Open addressing: an edge's number or NONE; never more than half full. */
  private slots = new Int32Array(4096).fill(NONE);

  get statesCount(): number {
    return this.states.length;
  }

  get edgesCount(): number {
    return this.edges;
  }

  /** States in which a run begins. */
  get initialStates(): readonly StateId[] {
    return [...this.initial];
  }

  addState(state: TraceState, key: string = canonicalKey(state)): StateId {
    const known = this.stateByKey.get(key);
    if (known !== undefined) return known;
    const id = this.states.length as StateId;
    this.states.push(state);
    this.stateByKey.set(key, id);
    return id;
  }

  markInitial(state: StateId): void {
    this.initial.add(state);
  }

  state(id: StateId): TraceState {
    const state = this.states[id];
    invariant(state !== undefined, `the graph has no state ${id}`);
    return state;
  }

  addEdge(from: StateId, to: StateId, action: string, args: readonly TraceValue[], where: Where): EdgeId {
    const label = this.internLabel(action, args);
    const slot = this.slotOf(from, to, label);
    const known = this.slots[slot] as number;
    if (known !== NONE) {
      this.seen[known] = (this.seen[known] as number) + 1;
      return known as EdgeId;
    }
    const id = this.edges as EdgeId;
    if (id === this.from.length) this.growColumns();
    this.from[id] = from;
    this.to[id] = to;
    this.label[id] = label;
    this.seen[id] = 1;
    this.wheres.push(where);
    this.slots[slot] = id;
    this.edges++;
    if (this.edges * 2 > this.slots.length) this.growSlots();
    return id;
  }

  edge(id: EdgeId): GraphEdge<Where> {
    invariant(id >= 0 && id < this.edges, `the graph has no edge ${id}`);
    const label = this.labels[this.label[id] as number];
    invariant(label !== undefined, `edge ${id} has no label`);
    return {
      from: this.from[id] as StateId,
      to: this.to[id] as StateId,
      action: label.action,
      args: label.args,
      where: this.wheres[id] as Where,
      count: this.seen[id] as number,
    };
  }

  *allEdges(): Generator<GraphEdge<Where>> {
    for (let id = 0; id < this.edges; id++) yield this.edge(id as EdgeId);
  }

  /**
   * The shortest walk that begins in an initial state and ends with the given edge; among equally short ones
   * the one of the edges seen first. Null where no initial state leads there.
   */
  shortestPathTo(edge: EdgeId): EdgeId[] | null {
    return this.shortestPathsTo([edge])[0] ?? null;
  }

  /** As `shortestPathTo` for many edges in one search. */
  shortestPathsTo(edges: readonly EdgeId[]): (EdgeId[] | null)[] {
    const cameBy = this.searchFromInitial();
    return edges.map((edge) => {
      const path = this.walkBack(cameBy, this.edge(edge).from);
      path?.push(edge);
      return path;
    });
  }

  /** The shortest walks that end in the given states: empty for an initial state, null where none leads there. */
  shortestPathsToStates(states: readonly StateId[]): (EdgeId[] | null)[] {
    const cameBy = this.searchFromInitial();
    return states.map((state) => this.walkBack(cameBy, state));
  }

  private walkBack(cameBy: Int32Array, target: StateId): EdgeId[] | null {
    const path: EdgeId[] = [];
    let state = target;
    while (!this.initial.has(state)) {
      const by = cameBy[state] as number;
      if (by === NONE) return null;
      path.push(by as EdgeId);
      state = this.from[by] as StateId;
    }
    return path.reverse();
  }

  /** Breadth-first from all initial states: for each state the edge by which it was first reached. */
  private searchFromInitial(): Int32Array {
    const { first, next } = this.outgoing();
    const cameBy = new Int32Array(this.states.length).fill(NONE);
    const reached = new Uint8Array(this.states.length);
    const queue = [...this.initial].sort((a, b) => a - b);
    for (const state of queue) reached[state] = 1;
    for (let head = 0; head < queue.length; head++) {
      const state = queue[head] as StateId;
      for (let edge = first[state] as number; edge !== NONE; edge = next[edge] as number) {
        const target = this.to[edge] as StateId;
        if (reached[target] === 1) continue;
        reached[target] = 1;
        cameBy[target] = edge;
        queue.push(target);
      }
    }
    return cameBy;
  }

  /** The edges that leave each state, as linked lists in the order of the edges' numbers. */
  private outgoing(): { first: Int32Array; next: Int32Array } {
    const first = new Int32Array(this.states.length).fill(NONE);
    const next = new Int32Array(this.edges).fill(NONE);
    for (let edge = this.edges - 1; edge >= 0; edge--) {
      const from = this.from[edge] as number;
      next[edge] = first[from] as number;
      first[from] = edge;
    }
    return { first, next };
  }

  private internLabel(action: string, args: readonly TraceValue[]): number {
    const key = args.length === 0 ? action : `${action} ${canonicalKey(args)}`;
    const known = this.labelByKey.get(key);
    if (known !== undefined) return known;
    this.labels.push({ action, args });
    this.labelByKey.set(key, this.labels.length - 1);
    return this.labels.length - 1;
  }

  /** The slot that holds the edge, or the free one in which it belongs. */
  private slotOf(from: number, to: number, label: number): number {
    const mask = this.slots.length - 1;
    let hash = Math.imul(from, 0x9e3779b1) ^ Math.imul(to, 0x85ebca6b) ^ Math.imul(label, 0xc2b2ae35);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const edge = this.slots[slot] as number;
      if (edge === NONE) return slot;
      if (this.from[edge] === from && this.to[edge] === to && this.label[edge] === label) return slot;
    }
  }

  private growColumns(): void {
    const size = this.from.length * 2;
    const grownOf = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size);
      grown.set(column);
      return grown;
    };
    this.from = grownOf(this.from);
    this.to = grownOf(this.to);
    this.label = grownOf(this.label);
    const seen = new Float64Array(size);
    seen.set(this.seen);
    this.seen = seen;
  }

  private growSlots(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(NONE);
    for (let edge = 0; edge < this.edges; edge++) {
      const slot = this.slotOf(
        this.from[edge] as number,
        this.to[edge] as number,
        this.label[edge] as number,
      );
      this.slots[slot] = edge;
    }
  }
}

/** The one graph of abstract states and steps that all runs of an exploration add up to. */
import { Names } from '../../emulator/store/names.ts';
import { RowTable } from '../../emulator/store/row-table.ts';
import type { EventArg, StateIndex } from './system.ts';

/** Where a step was first seen, by the shortest way: log positions at which power fails, outermost first. */
export interface Provenance {
  readonly crashes: readonly number[];
  /**
   * For each crash which image it leaves, as `choiceText` words it; one more where the step is a crash itself.
   * Absent: memory as the run saw it, each time.
   */
  readonly choices?: readonly string[];
  /** Position in the log of the last run at which the step happens. */
  readonly position: number;
}

export interface Edge {
  readonly from: StateIndex;
  readonly to: StateIndex;
  readonly action: string;
  readonly args: readonly EventArg[];
  provenance: Provenance;
  /** In how many segments it was seen. */
  count: number;
}

export class AbstractGraph {
  readonly edges: Edge[] = [];
  /** From, to, and what happens: the number of a row is that of the edge. */
  private readonly rows = new RowTable();
  private readonly labels = new Names();

  add(
    edge: { from: StateIndex; to: StateIndex; action: string; args: readonly EventArg[] },
    provenance: Provenance,
  ): void {
    const label = this.labels.numberOf(`${edge.action} ${edge.args.join(' ')}`);
    const known = this.edges[this.rows.intern(Int32Array.of(edge.from, edge.to, label))];
    if (known === undefined) {
      const { from, to, action, args } = edge;
      this.edges.push({ from, to, action, args, provenance, count: 1 });
      return;
    }
    known.count += 1;
    if (isShorter(provenance, known.provenance)) known.provenance = provenance;
  }
}

/** Fewer crashes first, then the earlier position, then the image that is nearer to what the run saw. */
export function isShorter(a: Provenance, b: Provenance): boolean {
  if (a.crashes.length !== b.crashes.length) return a.crashes.length < b.crashes.length;
  const first = a.crashes.findIndex((position, i) => position !== b.crashes[i]);
  if (first >= 0) return (a.crashes[first] as number) < (b.crashes[first] as number);
  if (a.position !== b.position) return a.position < b.position;
  const [one, other] = [a.choices?.join(' ') ?? '', b.choices?.join(' ') ?? ''];
  return one.length !== other.length ? one.length < other.length : one < other;
}

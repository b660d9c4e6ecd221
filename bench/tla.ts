/** The TLA+ engines side by side: model checking by both, in one run on one worker, and graph checking by ours. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkGraph,
  findTlc,
  type GraphEdge,
  type ItfValue,
  modelCheck,
  runTlc,
  type TlcLocation,
} from '../checker/tla/engine.ts';

/** Processes that take turns by messages: records, sets, functions and sequences, as specs of protocols have them. */
const RING = `---- MODULE Ring ----
EXTENDS Naturals, Sequences, FiniteSets
CONSTANTS N, Rounds
VARIABLES pc, round, wire, log
vars == <<pc, round, wire, log>>
Proc == 1..N
Message == [to : Proc, kind : {"ask", "grant"}]
Init ==
    /\\ pc = [p \\in Proc |-> "idle"]
    /\\ round = [p \\in Proc |-> 0]
    /\\ wire = {}
    /\\ log = <<>>
Ask(p) ==
    /\\ pc[p] = "idle"
    /\\ round[p] < Rounds
    /\\ pc' = [pc EXCEPT ![p] = "waiting"]
    /\\ wire' = wire \\cup {[to |-> (p % N) + 1, kind |-> "ask"]}
    /\\ UNCHANGED <<round, log>>
Grant(p) ==
    /\\ [to |-> p, kind |-> "ask"] \\in wire
    /\\ pc[p] # "working"
    /\\ wire' = (wire \\ {[to |-> p, kind |-> "ask"]}) \\cup {[to |-> IF p = 1 THEN N ELSE p - 1, kind |-> "grant"]}
    /\\ UNCHANGED <<pc, round, log>>
Work(p) ==
    /\\ pc[p] = "waiting"
    /\\ [to |-> p, kind |-> "grant"] \\in wire
    /\\ pc' = [pc EXCEPT ![p] = "working"]
    /\\ wire' = wire \\ {[to |-> p, kind |-> "grant"]}
    /\\ log' = IF Len(log) < 2 THEN Append(log, p) ELSE <<p>>
    /\\ UNCHANGED round
Finish(p) ==
    /\\ pc[p] = "working"
    /\\ pc' = [pc EXCEPT ![p] = "idle"]
    /\\ round' = [round EXCEPT ![p] = @ + 1]
    /\\ UNCHANGED <<wire, log>>
Next == \\E p \\in Proc : Ask(p) \\/ Grant(p) \\/ Work(p) \\/ Finish(p)
Spec == Init /\\ [][Next]_vars
TypeOK ==
    /\\ pc \\in [Proc -> {"idle", "waiting", "working"}]
    /\\ round \\in [Proc -> 0..Rounds]
    /\\ wire \\subseteq Message
    /\\ log \\in Seq(Proc)
OneLetter == \\A m \\in wire : m.kind = "grant" => pc[m.to] = "waiting"
RoundsGrow == [][\\A p \\in Proc : round'[p] >= round[p]]_vars
====
`;

type State = Readonly<Record<string, ItfValue>>;

const config = (n: number, rounds: number): string =>
  `SPECIFICATION Spec\nCONSTANTS N = ${n} Rounds = ${rounds}\nINVARIANTS TypeOK OneLetter\nPROPERTY RoundsGrow\nCHECK_DEADLOCK FALSE\n`;

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

async function compare(
  folder: string,
  tlc: TlcLocation | undefined,
  size: { n: number; rounds: number },
): Promise<void> {
  const text = config(size.n, size.rounds);
  const own = await modelCheck({ specFolder: folder, module: 'Ring', config: text });
  const rate = thousands(own.distinct / own.seconds);
  const bytes = own.bytesPerState.toFixed(0);
  console.log(
    `  ${thousands(own.distinct)} states, ${thousands(own.generated)} generated, depth ${own.depth}: ` +
      `embedded ${own.seconds.toFixed(2)} s (${rate} states/s, ${bytes} bytes per state)`,
  );
  if (tlc === undefined) return;
  writeFileSync(join(folder, 'Ring.cfg'), text);
  const theirs = await runTlc({ tlc, folder, module: 'Ring', config: 'Ring.cfg' });
  const agree =
    theirs.verdict === own.verdict && theirs.distinct === own.distinct && theirs.generated === own.generated;
  console.log(
    `    TLC, one worker: ${theirs.seconds.toFixed(2)} s with the JVM's start; embedded is ` +
      `${(theirs.seconds / own.seconds).toFixed(1)}× as fast; counts ${agree ? 'agree' : 'DISAGREE'}`,
  );
}

/** The time that TLC needs for a model of next to nothing: Java and parsing. */
async function startOfTlc(folder: string, tlc: TlcLocation): Promise<number> {
  writeFileSync(join(folder, 'Ring.cfg'), config(1, 0));
  return (await runTlc({ tlc, folder, module: 'Ring', config: 'Ring.cfg' })).seconds;
}

async function graphs(folder: string): Promise<void> {
  const states: State[] = [];
  const steps: GraphEdge[] = [];
  await modelCheck({
    specFolder: folder,
    module: 'Ring',
    config: config(4, 2),
    onState: (state) => states.push(state),
    onStep: (from, to) => steps.push({ from, to, action: 'Next', args: [] }),
  });
  const edges = steps.map((step) => named(step, states));
  const result = await checkGraph({
    specFolder: folder,
    module: 'Ring',
    constants: { N: 4, Rounds: 2 },
    variables: ['pc', 'round', 'wire', 'log'],
    states,
    initial: [0],
    init: 'Init',
    edges,
    invariants: ['TypeOK', 'OneLetter'],
    actionProperties: [],
  });
  const wrong = result.badEdges.length + result.badStates.length + result.errors.length;
  console.log(
    `  ${thousands(edges.length)} edges and ${thousands(states.length)} states in ${result.seconds.toFixed(2)} s: ` +
      `${thousands(edges.length / result.seconds)} edges/s, ${wrong} wrong`,
  );
}

/** The step as an event with its argument: the process whose part of the state changes tells it. */
function named(step: GraphEdge, states: readonly State[]): GraphEdge {
  const [before, after] = [states[step.from], states[step.to]];
  const pcBefore = before?.pc as readonly string[];
  const pcAfter = after?.pc as readonly string[];
  const process = pcBefore.findIndex((at, i) => at !== pcAfter[i]);
  if (process < 0) return { ...step, action: 'Grant', args: [granting(before, after)] };
  const actions: Record<string, string> = { waiting: 'Ask', working: 'Work', idle: 'Finish' };
  return { ...step, action: actions[pcAfter[process] as string] ?? 'Next', args: [process + 1] };
}

/** To whom letters of asking are on the wire. */
function asked(state: State | undefined): number[] {
  const wire = state?.wire as { '#set': { to: number; kind: string }[] } | undefined;
  return (wire?.['#set'] ?? []).filter((letter) => letter.kind === 'ask').map((letter) => letter.to);
}

/** Who answered: the one whose letter of asking is gone. */
function granting(before: State | undefined, after: State | undefined): number {
  const still = asked(after);
  return asked(before).find((to) => !still.includes(to)) ?? 0;
}

/** Prints the figures; needs TLC for the comparison, and says so where there is none. */
export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-bench-'));
  try {
    writeFileSync(join(folder, 'Ring.tla'), RING);
    const found = findTlc();
    const tlc = found.kind === 'found' ? found : undefined;
    console.log('TLA+ model checking');
    if (found.kind === 'absent') console.log(`  without TLC beside it: ${found.why}`);
    else
      console.log(
        `  TLC's start alone (Java and parsing): ${(await startOfTlc(folder, found)).toFixed(2)} s`,
      );
    await compare(folder, tlc, { n: 2, rounds: 4 });
    await compare(folder, tlc, { n: 3, rounds: 3 });
    await compare(folder, tlc, { n: 4, rounds: 2 });
    await compare(folder, tlc, { n: 4, rounds: 3 });
    if (process.env.FUKUGEN_BENCH_LONG === '1') await compare(folder, tlc, { n: 4, rounds: 5 });
    else console.log('  (FUKUGEN_BENCH_LONG=1 adds a model of more than a million states)');
    console.log('TLA+ graph checking (embedded)');
    await graphs(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

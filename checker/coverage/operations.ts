/** What a process can be made to do next: the ways in which it can take each step that the model leaves to it. */
import { invariant } from '../../emulator/invariant.ts';
import { SIGPWR, SIGPWR_BIT } from '../../kernel-model/process-table.ts';
import { Syscall } from '../../kernel-model/syscalls.ts';
import type { SpecState } from './bounded-model.ts';
import { type Naming, named } from './naming.ts';
import { Descriptor, NO_CALL, type Operation } from './script.ts';

/** Instructions that a process runs before the timer takes the processor: few, so that a turn is soon over. */
export const QUANTUM_INSTRUCTIONS = 200;
/**
 * Turns of a loop of two instructions that just outlasts a quantum. What is left of it after the tick adds up
 * over ticks, and must stay below another quantum.
 */
const SPINS = QUANTUM_INSTRUCTIONS / 2 + 5;
/** Of MCCoverage: process p sends (p - 1) * BytesEach + 1 and up, and a write offers one 1 or a pipeful of 2s. */
const BYTES_EACH = 2;
const ONE_BYTE = [1];
const PIPEFUL = [2, 2, 2, 2, 2, 2, 2, 2];
/** The set of signals that has SIGPWR only, as eight bytes. */
const ONLY_SIGPWR = [0, 0, 0, SIGPWR_BIT >>> 24, 0, 0, 0, 0];
const NO_SUCH_CALL = 999;

const ok = (value: number) => (): number => value;
const pipeOf = (state: SpecState): readonly number[] => (state.pipe as readonly number[][])[0] ?? [];

function call(
  kind: string,
  name: string,
  number: number,
  more: Partial<Operation> & { readonly ebx?: number; readonly edx?: number } = {},
): Operation {
  const { ebx = 0, edx = 0, ...rest } = more;
  return { name, enters: { cause: 'call', call: kind }, what: { eax: number, ebx, edx }, ...rest };
}

const TICK: Operation = {
  name: 'tick',
  enters: { cause: 'tick' },
  what: { eax: NO_CALL.none, ebx: 0, edx: 0 },
  spins: SPINS,
};
const FAULT: Operation = {
  name: 'fault',
  enters: { cause: 'fault' },
  what: { eax: NO_CALL.fault, ebx: 0, edx: 0 },
};
const EXIT = call('exit', 'exit', Syscall.exit);
const YIELD = call('yield', 'yield', Syscall.schedYield, { okResult: ok(0) });
const BAD_CALL = call('other', 'a call that there is not', NO_SUCH_CALL);

function reads(pid: number, state: SpecState): Operation[] {
  const bad = call('read', 'read from no file', Syscall.read, { ebx: Descriptor.none, edx: 1, reads: true });
  if (pid !== 2) return [bad];
  const upTo = (name: string, edx: number): Operation =>
    call('read', name, Syscall.read, {
      ebx: Descriptor.pipeRead,
      edx,
      reads: true,
      okResult: (before, after) => pipeOf(before).length - pipeOf(after).length,
      okData: (before, after) => pipeOf(before).slice(0, pipeOf(before).length - pipeOf(after).length),
    });
  const one = upTo('read 1 byte', 1);
  // Of one byte, both read the same.
  return pipeOf(state).length === 1 ? [one, bad] : [one, upTo('read all bytes', PIPEFUL.length), bad];
}

function writes(pid: number): Operation[] {
  const bad = call('write', 'write to no file', Syscall.write, {
    ebx: Descriptor.none,
    edx: 1,
    data: ONE_BYTE,
  });
  if (pid !== 1) return [bad];
  const of = (name: string, data: readonly number[]): Operation =>
    call('write', name, Syscall.write, {
      ebx: Descriptor.pipeWrite,
      edx: data.length,
      data,
      okResult: (before, after) => pipeOf(after).length - pipeOf(before).length,
    });
  return [of('write 1 byte', ONE_BYTE), of('write a pipeful', PIPEFUL), bad];
}

/** Messages of bytes that the process has not sent: a call comes back, aborted or not, before the next. */
function sends(pid: number, state: SpecState): Operation[] {
  const sent = state.ledger as readonly number[];
  const own = Array.from({ length: BYTES_EACH }, (_, i) => (pid - 1) * BYTES_EACH + 1 + i);
  const left = own.filter((byte) => !sent.includes(byte));
  const messages = left.map((_, i) =>
    call('send', `send ${left.slice(0, i + 1).join(' ')}`, Syscall.write, {
      ebx: Descriptor.serial,
      edx: i + 1,
      data: left.slice(0, i + 1),
      okResult: ok(i + 1),
    }),
  );
  const bad = call('send', 'send from nowhere', Syscall.write, { ebx: Descriptor.serial, edx: 1, ecx: 0 });
  return [...messages, bad];
}

/** A process that holds no end has none to close. */
function closes(pid: number, state: SpecState): Operation[] {
  const [held, end] =
    pid === 1 ? [state.writers, Descriptor.pipeWrite] : [state.readers, Descriptor.pipeRead];
  const holders = (held as readonly { readonly '#set': readonly number[] }[])[0];
  if (holders?.['#set'].includes(pid) !== true) return [];
  return [call('close', 'close its end of the pipe', Syscall.close, { ebx: end, okResult: ok(0) })];
}

/** Takes the notice that is pending, or points at nothing; where none is pending, both are the same error. */
function takes(pid: number, state: SpecState): Operation[] {
  const isPending = (state.pending as { readonly '#set': readonly number[] })['#set'].includes(pid);
  const bad = call('take', 'take from nowhere', Syscall.rtSigtimedwait);
  return [
    call('take', 'take a notice', Syscall.rtSigtimedwait, {
      pointsAtData: true,
      data: ONLY_SIGPWR,
      okResult: ok(SIGPWR),
    }),
    ...(isPending ? [bad] : []),
  ];
}

function others(pid: number, naming: Naming): Operation[] {
  return [call('other', 'getpid', Syscall.getpid, { okResult: ok(named(pid, naming)) }), BAD_CALL];
}

/** Everything that the model's process `pid` may be made to do in this state. */
export function operationsOf(pid: number, state: SpecState, naming: Naming): readonly Operation[] {
  invariant(pid === 1 || pid === 2, 'there are two driven processes');
  return [
    EXIT,
    ...reads(pid, state),
    ...writes(pid),
    ...sends(pid, state),
    ...closes(pid, state),
    ...takes(pid, state),
    YIELD,
    ...others(pid, naming),
    TICK,
    FAULT,
  ];
}

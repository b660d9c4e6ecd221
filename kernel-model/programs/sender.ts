/**
 * Writes messages to the serial port, one call each, and waits for its interrupt. An interrupted call returns
 * −EINTR; the program then takes the pending SIGPWR and goes on with the next message: it sends no byte again.
 */
import { mem } from '../../emulator/assembler/operands.ts';
import { FileKind } from '../files.ts';
import { Errno, SIGPWR } from '../process-table.ts';
import { GuestAssembler } from './guest.ts';
import { firstOf, mustHaveExited, signed } from './observed.ts';
import type { GuestProgram, Observation } from './workload.ts';

/** @param options.messages no byte may occur twice in them, nor in another sender's of the workload. */
export function sender(options: { messages: readonly string[] }): GuestProgram {
  const messages = options.messages.map((m) => [...new TextEncoder().encode(m)]);
  const a = new GuestAssembler();
  a.label('_start');
  messages.forEach((message, i) => {
    const at = (symbol: string) => mem.dword({ displacement: a.addressOf(symbol, i * 4) });
    a.systemCall('write', 1, a.addressOf(`message${i}`), message.length);
    a.emit('mov', at('results'), 'eax').emit('push', 'eax');
    a.emit('cmp', 'eax', -Errno.EINTR).emit('jne', `next${i}`);
    a.systemCall('rtSigtimedwait', a.addressOf('powerFailure'));
    a.emit('mov', at('told'), 'eax');
    a.label(`next${i}`);
  });
  a.systemCall('exit', 0);
  a.section('data')
    .label('results')
    .reserve(messages.length * 4)
    .label('told')
    .reserve(messages.length * 4);
  a.label('powerFailure').dwords(2 ** (SIGPWR - 1), 0);
  messages.forEach((message, i) => {
    a.label(`message${i}`).bytes(Uint8Array.from(message));
  });

  return {
    name: 'sender',
    image: a.assemble(),
    files: [
      { kind: FileKind.closed, index: 0 },
      { kind: FileKind.serial, index: 0 },
    ],
    mustObserve: (o) =>
      firstOf(mustHaveExited(o), ...messages.map((m, i) => judge(o, m, i)), notices(o, messages.length)),
  };
}

/** A call that succeeded sent its whole message; an interrupted one sent a beginning of it, and it was told. */
function judge(o: Observation, message: readonly number[], index: number): string | null {
  const result = signed(wordAt(o, 'results', index));
  const sent = o.ledger.filter((byte) => message.includes(byte));
  const isBeginning = sent.every((byte, i) => byte === message[i]);
  if (!isBeginning) return `message ${index} went out as [${sent}]`;
  if (result === message.length) {
    return sent.length === message.length
      ? null
      : `call ${index} returned ${result}, but only [${sent}] went out`;
  }
  if (result !== -Errno.EINTR) return `call ${index} returned ${result}`;
  const told = signed(wordAt(o, 'told', index));
  return told === SIGPWR ? null : `call ${index} was interrupted, but asking for the signal gave ${told}`;
}

/** Exactly one notice for each interrupted call. */
function notices(o: Observation, callsCount: number): string | null {
  let interrupted = 0;
  for (let i = 0; i < callsCount; i += 1)
    if (signed(wordAt(o, 'results', i)) === -Errno.EINTR) interrupted += 1;
  return o.notices === interrupted
    ? null
    : `${interrupted} calls were interrupted, but ${o.notices} notices were given`;
}

const wordAt = (o: Observation, symbol: string, index: number): number =>
  o
    .bytes(symbol, index * 4 + 4)
    .slice(index * 4)
    .reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0);

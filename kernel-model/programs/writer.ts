/**
 * Writes to its own memory, lets others run, writes again, and then sends one byte: the smallest program that
 * has an epoch of its own between two kernel entries. An interrupted send is not made again.
 */
import { mem } from '../../emulator/assembler/operands.ts';
import { FileKind } from '../files.ts';
import { Errno, SIGPWR } from '../process-table.ts';
import { GuestAssembler } from './guest.ts';
import { firstOf, mustHaveExited, signed } from './observed.ts';
import type { GuestProgram, Observation } from './workload.ts';

const LAST = 2;

/** @param options.byte no other program of the workload sends it. */
export function writer(options: { byte: number }): GuestProgram {
  const a = new GuestAssembler();
  const word = (symbol: string) => mem.dword({ displacement: a.addressOf(symbol) });
  a.label('_start').emit('mov', word('count'), 1);
  a.systemCall('schedYield');
  a.emit('mov', word('count'), LAST);
  a.systemCall('write', 1, a.addressOf('message'), 1);
  a.emit('mov', word('result'), 'eax').emit('cmp', 'eax', -Errno.EINTR).emit('jne', 'end');
  a.systemCall('rtSigtimedwait', a.addressOf('powerFailure'));
  a.emit('mov', word('told'), 'eax').label('end');
  a.systemCall('exit', 0);
  a.section('data').label('count').dwords(0).label('result').dwords(0).label('told').dwords(0);
  a.label('powerFailure').dwords(2 ** (SIGPWR - 1), 0);
  a.label('message').bytes(options.byte);
  return {
    name: 'writer',
    image: a.assemble(),
    files: [
      { kind: FileKind.closed, index: 0 },
      { kind: FileKind.serial, index: 0 },
    ],
    mustObserve: (o) => firstOf(mustHaveExited(o), judge(o, options.byte)),
  };
}

function judge(o: Observation, byte: number): string | null {
  const sent = o.ledger.filter((each) => each === byte).length;
  const result = signed(o.word('result'));
  const told = signed(o.word('told'));
  if (o.word('count') !== LAST) return `its count is ${o.word('count')}`;
  if (result === 1) return sent === 1 && o.notices === 0 ? null : `sent ${sent} times, ${o.notices} notices`;
  if (result !== -Errno.EINTR) return `its call returned ${result}`;
  return told === SIGPWR && o.notices === 1 ? null : `interrupted, told ${told}, ${o.notices} notices`;
}

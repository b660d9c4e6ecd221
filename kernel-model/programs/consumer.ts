/**
 * Reads descriptor 0 to its end, keeps every byte, and works a while on each. With a receipt to give, it then
 * writes a byte to descriptor 1, whose reader has gone by then: the pipe is broken.
 */
import { mem } from '../../emulator/assembler/operands.ts';
import { FileKind } from '../files.ts';
import { Errno } from '../process-table.ts';
import { GuestAssembler } from './guest.ts';
import { firstOf, mustHaveExited, signed } from './observed.ts';
import type { GuestProgram } from './workload.ts';

const RECEIVED_MAX_BYTES = 256;

export function consumer(options: {
  message: string;
  chunkBytes: number;
  pipe: number;
  workPerByte: number;
  /** The pipe for a receipt that nobody reads. */
  receiptPipe?: number;
}): GuestProgram {
  const { receiptPipe } = options;
  const expected = [...new TextEncoder().encode(options.message)];
  const a = new GuestAssembler();
  const count = mem.dword({ displacement: a.addressOf('count') });
  const checksum = mem.dword({ displacement: a.addressOf('checksum') });
  a.label('_start');
  a.systemCall('read', 0, a.addressOf('chunk'), options.chunkBytes);
  a.emit('test', 'eax', 'eax').emit('jl', 'failed').emit('jz', 'done');
  a.emit('mov', 'ebp', 'eax').emit('xor', 'esi', 'esi');
  a.label('keep');
  a.emit('movzx', 'eax', mem.byte({ base: 'esi', displacement: a.addressOf('chunk') }));
  a.emit('mov', 'edi', count);
  a.emit('mov', mem.byte({ base: 'edi', displacement: a.addressOf('received') }), 'al');
  a.emit('inc', count).emit('add', checksum, 'eax').emit('mov', 'ecx', options.workPerByte);
  a.label('work').emit('rol', 'eax', 3).emit('dec', 'ecx').emit('jnz', 'work');
  a.emit('inc', 'esi').emit('cmp', 'esi', 'ebp').emit('jl', 'keep').emit('jmp', '_start');
  a.label('done');
  if (receiptPipe !== undefined) {
    a.systemCall('write', 1, a.addressOf('received'), 1);
    a.emit('mov', mem.dword({ displacement: a.addressOf('receipt') }), 'eax');
  }
  a.systemCall('exit', 0);
  a.label('failed').systemCall('exit', 1);
  a.section('data').label('count').dwords(0).label('checksum').dwords(0).label('receipt').dwords(0);
  a.label('chunk').reserve(16).label('received').reserve(RECEIVED_MAX_BYTES);

  return {
    name: 'consumer',
    image: a.assemble(),
    files: [
      { kind: FileKind.pipeRead, index: options.pipe },
      ...(receiptPipe === undefined ? [] : [{ kind: FileKind.pipeWrite, index: receiptPipe }]),
    ],
    // The whole message, in order, each byte once; the sum kept beside it agrees; the receipt found nobody.
    mustObserve: (o) => {
      const received = o.bytes('received', Math.min(o.word('count'), RECEIVED_MAX_BYTES));
      const sum = expected.reduce((total, byte) => total + byte, 0);
      return firstOf(
        mustHaveExited(o),
        received.join() === expected.join() ? null : `it received [${received}] instead of [${expected}]`,
        o.word('checksum') === sum ? null : `its checksum is ${o.word('checksum')} instead of ${sum}`,
        receiptPipe === undefined || signed(o.word('receipt')) === -Errno.EPIPE
          ? null
          : `its receipt came back with ${signed(o.word('receipt'))}`,
      );
    },
  };
}

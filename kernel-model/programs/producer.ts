/**
 * Writes a message to descriptor 1, a few bytes a call, and goes on where a short write left off. Then it closes
 * descriptor 1; or, where it was given the end of a pipe for a receipt, it closes that one, and its exit closes
 * descriptor 1.
 */
import { mem } from '../../emulator/assembler/operands.ts';
import { FileKind } from '../files.ts';
import { GuestAssembler } from './guest.ts';
import { firstOf, mustHaveExited } from './observed.ts';
import type { GuestProgram } from './workload.ts';

export function producer(options: {
  message: string;
  chunkBytes: number;
  pipe: number;
  /** The pipe for a receipt that it does not wait for. */
  receiptPipe?: number;
}): GuestProgram {
  const { receiptPipe } = options;
  const length = new TextEncoder().encode(options.message).length;
  const a = new GuestAssembler();
  const sent = mem.dword({ displacement: a.addressOf('sent') });
  a.label('_start');
  a.emit('mov', 'esi', sent).emit('cmp', 'esi', length).emit('jge', 'done');
  a.emit('mov', 'edx', length).emit('sub', 'edx', 'esi');
  a.emit('cmp', 'edx', options.chunkBytes).emit('jle', 'send').emit('mov', 'edx', options.chunkBytes);
  a.label('send');
  a.emit('lea', 'ecx', mem.any({ base: 'esi', displacement: a.addressOf('message') }));
  a.systemCall('write', 1, 'ecx', 'edx');
  a.emit('test', 'eax', 'eax').emit('jl', 'failed');
  a.emit('add', sent, 'eax').emit('jmp', '_start');
  a.label('done')
    .systemCall('close', receiptPipe === undefined ? 1 : 0)
    .systemCall('exit', 0);
  a.label('failed').systemCall('exit', 1);
  a.section('data').label('sent').dwords(0).label('message').bytes(options.message);

  return {
    name: 'producer',
    image: a.assemble(),
    files: [
      receiptPipe === undefined
        ? { kind: FileKind.closed, index: 0 }
        : { kind: FileKind.pipeRead, index: receiptPipe },
      { kind: FileKind.pipeWrite, index: options.pipe },
    ],
    // Every byte was accepted, whatever happened between.
    mustObserve: (o) =>
      firstOf(
        mustHaveExited(o),
        o.word('sent') === length ? null : `it sent ${o.word('sent')} bytes of ${length}`,
      ),
  };
}

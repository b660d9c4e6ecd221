import { describe, expect, it } from 'vitest';
import { closed, NR, program, readEnd, resultsOf, runOnce, serialPort, workloadOf, writeEnd } from './run.ts';

const [EBADF, EAGAIN, EFAULT, EPIPE, ENOSYS] = [-9, -11, -14, -32, -38];
const KERNEL_PAGE = 0xc0008000;
const UNMAPPED = 0x08070000;
const TEXT = 0x08048000;
const STACK_PAGE = 0x0805f000;

describe('a descriptor that is none', () => {
  it('is −EBADF to read, write and close, whatever number it is', () => {
    const results = resultsOf({
      files: [closed, writeEnd(0), readEnd(0)],
      build: (a) => {
        for (const fd of [0, 3, 7, 8, 9, 0x7fffffff, -1]) {
          a.ask(NR.write, fd, a.addressOf('results'), 1);
          a.ask(NR.read, fd, a.addressOf('results'), 1);
          a.ask(NR.close, fd);
        }
      },
    });
    expect(results).toEqual(Array(21).fill(EBADF));
  });

  it('is also the wrong end of a pipe, and the serial port for reading', () => {
    const results = resultsOf({
      files: [readEnd(0), writeEnd(0), serialPort],
      build: (a) => {
        a.ask(NR.write, 0, a.addressOf('results'), 1);
        a.ask(NR.read, 1, a.addressOf('results'), 1);
        a.ask(NR.read, 2, a.addressOf('results'), 1);
      },
    });
    expect(results).toEqual([EBADF, EBADF, EBADF]);
  });

  it('is one that has been closed', () => {
    const results = resultsOf({
      files: [readEnd(0), writeEnd(0)],
      build: (a) => {
        a.ask(NR.close, 1).ask(NR.close, 1).ask(NR.write, 1, a.addressOf('results'), 1);
      },
    });
    expect(results).toEqual([0, EBADF, EBADF]);
  });
});

describe('a bad buffer', () => {
  const bad: [string, number, number][] = [
    ['unmapped', UNMAPPED, 1],
    ['null', 0, 1],
    ['the kernel’s', KERNEL_PAGE, 1],
    ['at the end of the address space', 0xffffffff, 1],
    ['wrapping around', STACK_PAGE, 0xffffffff],
    ['reaching into the kernel', 0xbffffffe, 8],
    ['crossing from a page into nothing', STACK_PAGE + 4092, 8],
  ];
  it.each(bad)('%s is −EFAULT to write and read, and nothing is moved', (_name, address, length) => {
    const results = resultsOf({
      files: [readEnd(0), writeEnd(0)],
      build: (a) => {
        a.ask(NR.write, 1, address, length);
        a.ask(NR.write, 1, a.addressOf('text'), 2);
        a.ask(NR.read, 0, address, length);
        a.ask(NR.read, 0, a.addressOf('text'), 8);
      },
      data: (a) => a.label('text').bytes('ab').reserve(8),
    });
    // The two bytes are still in the pipe, and nothing else is.
    expect(results).toEqual([EFAULT, 2, EFAULT, 2]);
  });

  it('is the program’s own text to read into, but not to write from', () => {
    const results = resultsOf({
      files: [readEnd(0), writeEnd(0)],
      build: (a) => {
        a.ask(NR.write, 1, TEXT, 4);
        a.ask(NR.read, 0, TEXT, 4);
      },
    });
    expect(results).toEqual([4, EFAULT]);
  });

  it('is −EFAULT to the serial port too, and nothing is sent', () => {
    const outcome = runOnce(
      workloadOf([
        program({
          files: [serialPort],
          build: (a) => a.ask(NR.write, 0, UNMAPPED, 1).ask(NR.write, 0, KERNEL_PAGE, 1),
        }),
      ]),
    );
    expect(outcome.results(1, 2)).toEqual([EFAULT, EFAULT]);
    expect(outcome.last.ledger).toEqual([]);
  });

  it('is −EFAULT to the signal calls', () => {
    const results = resultsOf({
      build: (a) => {
        for (const address of [UNMAPPED, KERNEL_PAGE, TEXT]) a.ask(NR.sigpending, address);
        for (const address of [UNMAPPED, KERNEL_PAGE]) a.ask(NR.wait, address);
      },
    });
    expect(results).toEqual(Array(5).fill(EFAULT));
  });
});

describe('numbers', () => {
  it('that are no call of this kernel are −ENOSYS', () => {
    const results = resultsOf({
      build: (a) => {
        for (const number of [0, 2, 5, 7, 252, 1000, 0x7fffffff, -1]) a.ask(number, 1, 2, 3);
      },
    });
    expect(results).toEqual(Array(8).fill(ENOSYS));
  });

  it('of processes count from 1', () => {
    const one = program({ build: (a) => a.ask(NR.getpid) });
    const outcome = runOnce(workloadOf([one, one, one]));
    expect([1, 2, 3].map((pid) => outcome.results(pid, 1)[0])).toEqual([1, 2, 3]);
  });
});

describe('writing nothing', () => {
  it('is 0, and is no device call', () => {
    const outcome = runOnce(
      workloadOf([
        program({
          files: [serialPort, writeEnd(0), readEnd(0)],
          build: (a) => {
            a.ask(NR.write, 0, a.addressOf('results'), 0);
            a.ask(NR.write, 1, a.addressOf('results'), 0);
            a.ask(NR.read, 2, a.addressOf('results'), 0);
          },
        }),
      ]),
    );
    expect(outcome.results(1, 3)).toEqual([0, 0, 0]);
    expect(outcome.last.ledger).toEqual([]);
  });

  it('looks at no byte: an unmapped buffer is as good, aligned or not; a kernel address is not', () => {
    const results = resultsOf({
      files: [readEnd(0), writeEnd(0)],
      build: (a) => {
        a.ask(NR.write, 1, UNMAPPED, 0).ask(NR.write, 1, UNMAPPED + 1, 0);
        a.ask(NR.read, 0, UNMAPPED, 0).ask(NR.read, 0, UNMAPPED + 1, 0);
        a.ask(NR.write, 1, KERNEL_PAGE + 1, 0);
      },
    });
    expect(results).toEqual([0, 0, 0, 0, EFAULT]);
  });
});

describe('pipes', () => {
  it('take as much as they have room for and give as much as they have, in order', () => {
    const one = program({
      files: [readEnd(0), writeEnd(0)],
      build: (a) => {
        a.ask(NR.write, 1, a.addressOf('text'), 12); // room for 8
        a.ask(NR.read, 0, a.addressOf('got'), 3);
        a.ask(NR.write, 1, a.addressOf('text', 8), 4); // room for 3, around the end of the ring
        a.ask(NR.read, 0, a.addressOf('got', 3), 100);
      },
      data: (a) => a.label('text').bytes('abcdefghijkl').label('got').reserve(128),
    });
    const outcome = runOnce(workloadOf([one]));
    expect(outcome.results(1, 4)).toEqual([8, 3, 3, 8]);
    expect(String.fromCharCode(...outcome.of(1).bytes('got', 12))).toBe('abcdefghijk\0');
  });

  it('move bytes from and to buffers that lie across two pages and are aligned to nothing', () => {
    const one = program({
      files: [readEnd(0), writeEnd(0)],
      build: (a) => {
        a.ask(NR.write, 1, a.addressOf('out', 4093), 7);
        a.ask(NR.read, 0, a.addressOf('in', 4091), 7);
      },
      data: (a) => {
        a.align(4096).label('out').reserve(4093).bytes('crossed').align(4096);
        a.label('in').reserve(8192);
      },
    });
    const outcome = runOnce(workloadOf([one]));
    expect(outcome.results(1, 2)).toEqual([7, 7]);
    const got = outcome.of(1).bytes('in', 4099).slice(4090);
    expect(String.fromCharCode(...got)).toBe('\0crossed\0');
  });

  it('without a reader are −EPIPE, and without a writer are at their end', () => {
    const results = resultsOf({
      files: [readEnd(0), writeEnd(0), readEnd(1), writeEnd(1)],
      build: (a) => {
        a.ask(NR.write, 3, a.addressOf('results'), 3);
        a.ask(NR.close, 0).ask(NR.write, 1, a.addressOf('results'), 1);
        a.ask(NR.close, 3).ask(NR.read, 2, a.addressOf('got'), 9).ask(NR.read, 2, a.addressOf('got'), 9);
      },
      data: (a) => a.label('got').reserve(16),
    });
    expect(results).toEqual([3, 0, EPIPE, 0, 3, 0]);
  });

  it('wake whoever is blocked when the other end is closed, by a call or by an exit', () => {
    const writer = program({
      name: 'writer',
      files: [writeEnd(0)],
      build: (a) => {
        for (let i = 0; i < 2; i += 1) a.ask(NR.write, 0, a.addressOf('results'), 8);
      },
    });
    const closer = program({
      name: 'closer',
      files: [readEnd(0), writeEnd(1)],
      build: (a) => {
        for (let i = 0; i < 3; i += 1) a.ask(NR.yield);
        a.ask(NR.close, 0);
        for (let i = 0; i < 3; i += 1) a.ask(NR.yield);
      },
    });
    const reader = program({
      name: 'reader',
      files: [readEnd(1)],
      build: (a) => a.ask(NR.read, 0, a.addressOf('results'), 1),
    });
    const outcome = runOnce(workloadOf([writer, closer, reader]));
    expect(outcome.results(1, 2)).toEqual([8, EPIPE]);
    expect(outcome.results(3, 1)).toEqual([0]);
    expect(outcome.last.boot).toBe('clean');
  });
});

describe('signals', () => {
  it('are none without a failure: nothing is pending, and waiting for one does not wait', () => {
    const results = resultsOf({
      build: (a) => {
        a.ask(NR.sigpending, a.addressOf('set'));
        a.emit('mov', 'eax', 'ebx').ask(NR.wait, a.addressOf('all'));
      },
      data: (a) => a.label('set').dwords(0xffffffff).label('all').dwords(0xffffffff, 0xffffffff),
    });
    expect(results).toEqual([0, EAGAIN]);
  });

  it('store the pending set over two pages', () => {
    const one = program({
      build: (a) => a.ask(NR.sigpending, a.addressOf('set', 4094)),
      data: (a) => {
        a.align(4096).label('set');
        for (let i = 0; i < 1025; i += 1) a.dwords(0xffffffff);
      },
    });
    const outcome = runOnce(workloadOf([one]));
    expect(outcome.results(1, 1)).toEqual([0]);
    expect(outcome.of(1).bytes('set', 4100).slice(4092)).toEqual([255, 255, 0, 0, 0, 0, 255, 255]);
  });
});

describe('the serial port', () => {
  it('sends at most 16 bytes a call, in order, and the call returns how many', () => {
    const one = program({
      files: [serialPort],
      build: (a) => a.ask(NR.write, 0, a.addressOf('text'), 20).ask(NR.write, 0, a.addressOf('text', 16), 4),
      data: (a) => a.label('text').bytes('abcdefghijklmnopqrst'),
    });
    const outcome = runOnce(workloadOf([one]));
    expect(outcome.results(1, 2)).toEqual([16, 4]);
    expect(String.fromCharCode(...outcome.last.ledger)).toBe('abcdefghijklmnopqrst');
  });

  it('belongs to one process at a time: the second caller is blocked, then has its turn', () => {
    const send = (text: string) =>
      program({
        name: text,
        files: [serialPort],
        build: (a) => a.ask(NR.write, 0, a.addressOf('text'), 3),
        data: (a) => a.label('text').bytes(text),
      });
    const workload = workloadOf([send('abc'), send('xyz'), send('123')], { serialByteInstructions: 20_000 });
    const outcome = runOnce(workload);
    const statuses = outcome.run.steps.map((s) => outcome.system.stateOf(s.state).core.status.join());
    expect(statuses).toContain('waiting,blocked,blocked');
    expect([1, 2, 3].map((pid) => outcome.results(pid, 1)[0])).toEqual([3, 3, 3]);
    const sent = String.fromCharCode(...outcome.last.ledger);
    // Whole messages, in whatever order.
    expect(sent.replace('abc', '').replace('xyz', '').replace('123', '')).toBe('');
    expect(sent).toHaveLength(9);
  });
});

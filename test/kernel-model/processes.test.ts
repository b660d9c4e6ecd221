import { describe, expect, it } from 'vitest';
import { mem } from '../../emulator/assembler/operands.ts';
import { NR, program, type ResultKeeper, runFor, runOnce, serialPort, workloadOf } from './run.ts';

const KILLED_BY_SIGSEGV = 139;
const at = (address: number) => mem.dword({ displacement: address });

/** Does a few calls and some work, so that there is something to be disturbed. */
const bystander = program({
  name: 'bystander',
  build: (a) => {
    a.ask(NR.yield);
    a.emit('mov', 'ecx', 1000).label('work').emit('dec', 'ecx').emit('jnz', 'work');
    a.ask(NR.yield).ask(NR.getpid);
  },
});

describe('a process that does what it may not', () => {
  const deeds: [string, (a: ResultKeeper) => unknown][] = [
    ['reads address 0', (a) => a.emit('mov', 'eax', at(0))],
    ['writes address 0', (a) => a.emit('mov', at(0), 'eax')],
    ['writes its own text', (a) => a.emit('mov', at(0x08048000), 'eax')],
    ['reads the kernel’s tracked window', (a) => a.emit('mov', 'eax', at(0xc0008000))],
    ['writes the kernel’s tracked window', (a) => a.emit('mov', at(0xc0008000), 'eax')],
    ['writes its own page table there', (a) => a.emit('mov', at(0xc000d000), 'eax')],
    ['writes the kernel’s mechanism window', (a) => a.emit('mov', at(0xd0000000), 'eax')],
    ['jumps to the kernel', (a) => a.emit('mov', 'eax', 0xff000800).emit('jmp', 'eax')],
    ['halts', (a) => a.emit('hlt')],
    ['disables interrupts', (a) => a.emit('cli')],
    ['reads a port', (a) => a.emit('in', 'al', 0x60)],
    ['divides by 0', (a) => a.emit('xor', 'ecx', 'ecx').emit('div', 'ecx')],
    ['executes no instruction', (a) => a.emit('ud2')],
    ['calls the timer’s vector', (a) => a.emit('int', 0x20)],
    ['calls the page fault’s vector', (a) => a.emit('int', 14)],
    ['calls a vector that is none', (a) => a.emit('int', 0x90)],
    ['runs out of stack', (a) => a.label('push').emit('push', 'eax').emit('jmp', 'push')],
    ['makes a call on no stack', (a) => a.emit('xor', 'esp', 'esp').ask(NR.getpid).emit('push', 'eax')],
  ];
  it.each(deeds)('%s: is killed, and the other goes on', (_name, build) => {
    const culprit = program({ name: 'culprit', build });
    const outcome = runOnce(workloadOf([culprit, bystander, culprit]));
    expect(outcome.run.end).toEqual({ kind: 'settled' });
    expect([1, 2, 3].map((pid) => outcome.of(pid).exitStatus)).toEqual([
      KILLED_BY_SIGSEGV,
      0,
      KILLED_BY_SIGSEGV,
    ]);
    expect(outcome.results(2, 3)).toEqual([0, 0, 2]);
    expect(outcome.last.boot).toBe('clean');
  });

  it('and holds a pipe’s end gives it up when it is killed', () => {
    const culprit = program({
      name: 'culprit',
      files: [{ kind: 2, index: 0 }],
      build: (a) => a.ask(NR.yield).emit('hlt'),
    });
    const reader = program({
      name: 'reader',
      files: [{ kind: 1, index: 0 }],
      build: (a) => a.ask(NR.read, 0, a.addressOf('results'), 1),
    });
    const outcome = runOnce(workloadOf([culprit, reader]));
    expect(outcome.results(2, 1)).toEqual([0]);
    expect(outcome.last.boot).toBe('clean');
  });
});

describe('the processor is shared', () => {
  it('with a process that computes for ever: the timer takes it away after a quantum', () => {
    const endless = program({ name: 'endless', build: (a) => a.label('for').emit('jmp', 'for') });
    const outcome = runFor(workloadOf([endless, bystander], { quantumInstructions: 200 }), 600_000);
    // It never ends, but the other has.
    expect(outcome.stop.kind).toBe('budget');
    expect(outcome.of(1).status).toBe('ready');
    expect(outcome.of(2)).toMatchObject({ status: 'exited', exitStatus: 0 });
  });

  it('in turns of the quantum’s length, within a little', () => {
    const counting = (name: string) =>
      program({
        name,
        build: (a) => {
          a.emit('mov', 'ecx', 4000).label('work').emit('dec', 'ecx').emit('jnz', 'work');
          a.ask(NR.getpid);
        },
      });
    const quantum = 500;
    const outcome = runOnce(workloadOf([counting('a'), counting('b')], { quantumInstructions: quantum }));
    const ticks = outcome.run.steps.filter((s) => s.action === 'Enter' && s.args[0] === 'tick');
    // Two loops of 8000 instructions in turns of 500 while both are there.
    expect(ticks.length).toBeGreaterThanOrEqual(28);
    expect(ticks.length).toBeLessThanOrEqual(34);
    const current = ticks.map((s) => outcome.system.stateOf(s.state).core.current);
    expect(current.slice(0, 6)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it('with a process that only calls, and never lives to see the timer', () => {
    const caller = program({
      name: 'caller',
      build: (a) => {
        a.emit('mov', 'esi', 100).label('again');
        a.systemCall('getpid').emit('dec', 'esi').emit('jnz', 'again');
      },
    });
    const outcome = runOnce(workloadOf([caller, caller]));
    const exits = outcome.run.steps.map((s) => outcome.system.stateOf(s.state).core.current);
    const first = exits.indexOf(2);
    const calls = outcome.run.steps
      .slice(0, first)
      .filter((s) => s.action === 'Enter' && s.args[0] === 'call');
    expect(calls).toHaveLength(16);
    expect(outcome.last.boot).toBe('clean');
  });

  it('by eight processes, as many as there may be; the eighth too can wait and be woken', () => {
    const one = program({ build: (a) => a.ask(NR.yield).ask(NR.getpid) });
    const waiter = program({
      files: [serialPort],
      build: (a) => a.ask(NR.write, 0, a.addressOf('text'), 2).ask(NR.getpid),
      data: (a) => a.label('text').bytes('ok'),
    });
    const outcome = runOnce(workloadOf([...Array.from({ length: 7 }, () => one), waiter]));
    expect([1, 2, 3, 4, 5, 6, 7].map((pid) => outcome.results(pid, 2)[1])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(outcome.results(8, 2)).toEqual([2, 8]);
    expect(outcome.last.boot).toBe('clean');
  });
});

describe('registers and flags', () => {
  it('are a process’s own, over every kind of entry', () => {
    const holder = (seed: number) =>
      program({
        name: `holder${seed}`,
        build: (a) => {
          const registers = ['ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'];
          registers.forEach((register, i) => {
            a.emit('mov', register, seed + i);
          });
          a.emit('stc').emit('std').emit('mov', 'eax', 3000);
          a.label('work').emit('lea', 'eax', mem.any({ base: 'eax', displacement: -1 }));
          a.emit('jnc', 'wrong').emit('inc', 'eax').emit('dec', 'eax').emit('jnz', 'work');
          a.emit('pushfd').emit('pop', 'eax').emit('and', 'eax', 0x401).keepResult();
          registers.forEach((register) => {
            a.emit('mov', 'eax', register).keepResult();
          });
          a.emit('cld').emit('jmp', 'end').label('wrong').emit('mov', 'eax', -1).keepResult().label('end');
        },
      });
    const outcome = runOnce(workloadOf([holder(100), holder(200)], { quantumInstructions: 150 }));
    const kept = (seed: number) => [0x401, seed, seed + 1, seed + 2, seed + 3, seed + 4, seed + 5, 0];
    expect(outcome.results(1, 8)).toEqual(kept(100));
    expect(outcome.results(2, 8)).toEqual(kept(200));
  });

  const segments = ['ds', 'es', 'fs', 'gs'];
  /** Loads selectors into DS, ES, FS and GS, works longer than a turn, calls, and keeps what they then are. */
  const segmented = (selectors: readonly number[]) =>
    program({
      name: 'segmented',
      build: (a) => {
        segments.forEach((segment, i) => {
          a.emit('mov', 'eax', selectors[i] ?? 0).emit('mov', segment, 'ax');
        });
        a.emit('mov', 'ecx', 1500).label('work').emit('dec', 'ecx').emit('jnz', 'work');
        a.systemCall('schedYield');
        for (const segment of segments) a.emit('mov', 'eax', segment).keepResult();
      },
    });
  // The user's data with another privilege asked for, the user's code to be read, and none.
  const [DATA, DATA_RPL0, CODE, NONE] = [0x23, 0x20, 0x1b, 0];

  it('DS, ES, FS and GS are so too, over turns, calls and a failure', () => {
    const first = [DATA, DATA_RPL0, CODE, NONE];
    const second = [DATA_RPL0, CODE, NONE, DATA];
    const workload = workloadOf([segmented(first), segmented(second)]);
    const whole = runOnce(workload);
    expect(whole.results(1, 4)).toEqual(first);
    expect(whole.results(2, 4)).toEqual(second);
    for (const part of [0.9, 0.95, 0.98]) {
      const crashed = runOnce(workload, { crashes: [Math.floor(whole.run.lastLogLength * part)] });
      expect(crashed.results(1, 4)).toEqual(first);
      expect(crashed.results(2, 4)).toEqual(second);
    }
  });
});

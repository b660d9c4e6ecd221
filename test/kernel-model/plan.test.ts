import { describe, expect, it } from 'vitest';
import { UsageError } from '../../emulator/usage-error.ts';
import { frameAddress, PROCESSES_MAX, Pte, USER_STACK_TOP } from '../../kernel-model/layout.ts';
import { type MemoryPlan, planMemory } from '../../kernel-model/plan.ts';
import { workloads } from '../../kernel-model/programs/catalogue.ts';
import type { GuestProgram, ProgramImage } from '../../kernel-model/programs/workload.ts';
import { program, readEnd, workloadOf } from './run.ts';

type Segment = ProgramImage['segments'][number];
const segment = (linearAddress: number, lengthBytes: number, more: Partial<Segment> = {}): Segment => ({
  linearAddress,
  bytes: new Uint8Array(lengthBytes).fill(0xf4),
  bssBytes: 0,
  writable: false,
  ...more,
});
const loaded = (...segments: Segment[]): GuestProgram => ({
  name: 'loaded',
  image: { entry: segments[0]?.linearAddress ?? 0, segments, symbols: new Map() },
  files: [],
  mustObserve: () => null,
});
const planOf = (...programs: GuestProgram[]): MemoryPlan => planMemory(workloadOf(programs));
const namesOf = (plan: MemoryPlan): string[] => plan.important.map((page) => page.name);

describe.each(workloads.map((w) => [w.name, w.make()] as const))('the plan of %s', (_name, workload) => {
  const plan = planMemory(workload);

  it('gives every important page a name, a frame and a shadow that are its alone', () => {
    const frames = plan.important.flatMap((page) => [page.frame, page.shadowFrame]);
    expect(new Set(frames).size).toBe(frames.length);
    expect(Math.max(...frames) * 4096).toBeLessThan(plan.memoryBytes);
    expect(new Set(namesOf(plan)).size).toBe(plan.important.length);
    const ptes = plan.important.map((page) => page.pteAddress);
    expect(new Set(ptes).size).toBe(ptes.length);
  });

  it('protects every page at first: no entry is writable, and each points to its frame', () => {
    for (const page of plan.important) {
      expect(page.protectedPte & Pte.writable).toBe(0);
      expect((page.protectedPte & ~0xfff) >>> 0).toBe(frameAddress(page.frame));
      expect((page.protectedPte & Pte.user) !== 0).toBe(page.owner !== 0);
    }
  });

  it('is the same each time', () => {
    expect(planMemory(workload)).toEqual(plan);
  });
});

describe('the pages of a program', () => {
  it('are text, data and stack where there is one of each', () => {
    const plan = planOf(loaded(segment(0x08048000, 10), segment(0x08049000, 10, { writable: true })));
    expect(namesOf(plan).filter((n) => n.startsWith('user1'))).toEqual([
      'user1.directory',
      'user1.table',
      'user1.text',
      'user1.data',
      'user1.stack',
    ]);
  });

  it('have their numbers where there are several of a kind', () => {
    const plan = planOf(loaded(segment(0x08048000, 10), segment(0x0804a000, 10)));
    expect(namesOf(plan).slice(-3)).toEqual(['user1.text0', 'user1.text1', 'user1.stack']);
    const wide = planOf(
      loaded(segment(0x08048000, 10), segment(0x08049ffc, 8, { writable: true, bssBytes: 4096 })),
    );
    expect(namesOf(wide).slice(-5)).toEqual([
      'user1.text',
      'user1.data1',
      'user1.data2',
      'user1.data3',
      'user1.stack',
    ]);
  });

  it('hold the bytes at their places, and zeros elsewhere', () => {
    const [process] = planOf(loaded(segment(0x08048ffe, 4, { writable: true }))).processes;
    const [first, second] = process?.pages ?? [];
    expect([...(first?.bytes.slice(4092) ?? [])]).toEqual([0, 0, 0xf4, 0xf4]);
    expect([...(second?.bytes.slice(0, 4) ?? [])]).toEqual([0xf4, 0xf4, 0, 0]);
    expect(first?.page.linear).toBe(0x08048000);
  });
});

describe('what does not fit is refused', () => {
  const refusals: [string, () => unknown, RegExp][] = [
    ['a program outside the stack’s 4 MiB', () => planOf(loaded(segment(0x10000, 4))), /outside/],
    [
      'text and data on one page',
      () => planOf(loaded(segment(0x08048000, 4), segment(0x08048800, 4, { writable: true }))),
      /share the page/,
    ],
    [
      'a program where its stack is',
      () => planOf(loaded(segment(USER_STACK_TOP - 8, 4, { writable: true }))),
      /stack/,
    ],
    [
      'more memory than the kernel can see',
      () => planOf(loaded(segment(0x08100000, 4, { writable: true, bssBytes: 600 * 4096 }))),
      /page frames/,
    ],
    [
      'too many processes',
      () => planOf(...Array.from({ length: PROCESSES_MAX + 1 }, () => program({ build: () => undefined }))),
      /9 processes/,
    ],
    [
      'too many files',
      () => planOf({ ...program({ build: () => undefined }), files: Array(9).fill({ kind: 0, index: 0 }) }),
      /9 open files/,
    ],
    [
      'too many pipes',
      () => planMemory(workloadOf([program({ build: () => undefined })], { pipesCount: 9 })),
      /9 pipes/,
    ],
    [
      'an end of a pipe that is none',
      () =>
        planMemory(workloadOf([program({ files: [readEnd(1)], build: () => undefined })], { pipesCount: 1 })),
      /pipe 1/,
    ],
  ];
  it.each(refusals)('%s', (_name, make, message) => {
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });
});

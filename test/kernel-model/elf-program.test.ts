/** What gcc makes runs on the kernel as what our assembler makes: `primes.elf` is `primes.c` as gcc 12 made it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadElf } from '../../emulator/elf.ts';
import type { GuestProgram } from '../../kernel-model/programs/workload.ts';
import { spread } from '../checker/explore/spread.ts';
import { NR, program, readEnd, runOnce, serialPort, workloadOf, writeEnd } from './run.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const PRIMES = '2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 ';
const CHECKSUM = [...PRIMES].reduce((sum, c) => (Math.imul(sum, 31) + c.charCodeAt(0)) >>> 0, 1);
const GCC_OPTIONS = [
  ...['-m32', '-march=i386', '-O2', '-ffreestanding', '-fno-pic', '-no-pie', '-fno-stack-protector'],
  ...['-fcf-protection=none', '-fno-asynchronous-unwind-tables', '-nostdlib', '-static'],
  ...['-Wl,--build-id=none', '-Wl,-Ttext-segment=0x08048000', '-Wl,-z,max-page-size=4096'],
];

const primes = (file: Uint8Array): GuestProgram => ({
  name: 'primes',
  image: loadElf(file),
  files: [readEnd(0), writeEnd(0)],
  mustObserve: (o) => {
    const text = String.fromCharCode(...o.bytes('received', o.word('received_count')));
    if (o.exitStatus !== PRIMES.length) return `it exited with ${o.exitStatus}`;
    if (o.word('checksum') !== CHECKSUM) return `its checksum is ${o.word('checksum')}`;
    return text === PRIMES ? null : `it received ${text}`;
  },
});

const sender = program({
  name: 'sender',
  files: [serialPort],
  build: (a) => a.ask(NR.write, 0, a.addressOf('text'), 2),
  data: (a) => a.label('text').bytes('ok'),
});

/** Compiled here and now; null where this machine has no gcc that makes 32-bit programs. */
function compiled(): Uint8Array | null {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-'));
  try {
    const out = join(folder, 'primes.elf');
    execFileSync('gcc', [...GCC_OPTIONS, '-o', out, here('primes.c')], { stdio: 'ignore' });
    return readFileSync(out);
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a static ELF32 program that gcc made', () => {
  const file = readFileSync(here('primes.elf'));

  it('runs beside a program of our own assembler', () => {
    const outcome = runOnce(workloadOf([primes(file), sender]));
    expect(outcome.run.end).toEqual({ kind: 'settled' });
    expect(outcome.last).toMatchObject({ boot: 'clean', misled: [] });
    expect(outcome.of(1).exitStatus).toBe(PRIMES.length);
    expect(outcome.of(1).word('checksum')).toBe(CHECKSUM);
    expect(outcome.last.ledger).toEqual([111, 107]);
  });

  it('sees the same where power fails, wherever it does', () => {
    const workload = workloadOf([primes(file), sender]);
    const { lastLogLength } = runOnce(workload).run;
    for (const position of spread({ seed: 3, count: 6, below: lastLogLength })) {
      const outcome = runOnce(workload, { crashes: [position] });
      expect({ position, misled: outcome.last.misled }).toEqual({ position, misled: [] });
      expect(outcome.run.end).toEqual({ kind: 'settled' });
    }
  });

  const now = compiled();
  it.skipIf(now === null)('runs as well compiled here and now (needs a gcc with -m32)', () => {
    const outcome = runOnce(workloadOf([primes(now ?? file)]));
    expect(outcome.last).toMatchObject({ boot: 'clean', misled: [] });
    expect(outcome.of(1).word('received_count')).toBe(PRIMES.length);
  });
});

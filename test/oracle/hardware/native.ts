import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CASE_BYTES, CASES_MAX, harnessElf, RESULT_BYTES } from './harness.ts';
import { type Case, DATA_BYTES, type Outcome, templateWord } from './layout.ts';

/** Runs cases on the processor that runs this program. */
export class NativeProcessor {
  private readonly folder: string;
  private readonly program: string;

  private constructor(folder: string, program: string) {
    this.folder = folder;
    this.program = program;
  }

  /** The processor, or why this machine cannot run 32-bit x86 code. Must be closed. */
  static open(): NativeProcessor | { readonly unavailable: string } {
    if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'ia32')) {
      return { unavailable: `needs Linux on x86, this is ${process.platform} on ${process.arch}` };
    }
    const folder = mkdtempSync(join(tmpdir(), 'fukugen-oracle-'));
    const program = join(folder, 'harness');
    writeFileSync(program, harnessElf());
    chmodSync(program, 0o755);
    const native = new NativeProcessor(folder, program);
    const probe = native.spawn([{ registers: new Array(8).fill(0), eflags: 0x202, code: [] }]);
    if (probe.length === RESULT_BYTES) return native;
    native.close();
    return { unavailable: 'the kernel does not run 32-bit programs' };
  }

  /** The outcomes, one for each case; at most CASES_MAX of them go to one process. */
  run(cases: readonly Case[]): Outcome[] {
    const outcomes: Outcome[] = [];
    for (let first = 0; first < cases.length; first += CASES_MAX) {
      const batch = cases.slice(first, first + CASES_MAX);
      const bytes = this.spawn(batch);
      if (bytes.length !== batch.length * RESULT_BYTES) {
        throw new Error(`the native run of cases ${first}… ended early: ${bytes.length} bytes of results`);
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      batch.forEach((_, n) => {
        outcomes.push(readOutcome(view, n * RESULT_BYTES));
      });
    }
    return outcomes;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spawn(cases: readonly Case[]): Uint8Array {
    const input = new Uint8Array(4 + DATA_BYTES + cases.length * CASE_BYTES);
    const view = new DataView(input.buffer);
    view.setUint32(0, cases.length, true);
    for (let n = 0; n < DATA_BYTES / 4; n += 1) view.setInt32(4 + 4 * n, templateWord(n), true);
    cases.forEach(({ registers, eflags, code }, index) => {
      const at = 4 + DATA_BYTES + index * CASE_BYTES;
      registers.forEach((value, n) => {
        view.setInt32(at + 4 * n, value, true);
      });
      view.setUint32(at + 32, eflags, true);
      input.fill(0xcc, at + 36, at + CASE_BYTES);
      input.set(code, at + 36);
    });
    const done = spawnSync(this.program, { input, timeout: 20_000, maxBuffer: 1 << 24 });
    return done.stdout ?? new Uint8Array(0);
  }
}

function readOutcome(view: DataView, at: number): Outcome {
  const word = (index: number): number => view.getInt32(at + 4 * index, true);
  return {
    registers: [4, 5, 6, 7, 8, 9, 10, 11].map(word),
    vector: word(12),
    errorCode: word(13),
    eip: word(14),
    eflags: word(16),
    cr2: word(21),
    memoryHash: word(22),
  };
}

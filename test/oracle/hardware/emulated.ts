import type { Cpu } from '../../../emulator/cpu/cpu.ts';
import { writeEflags } from '../../../emulator/cpu/flags.ts';
import { setNullSegment, setSegment } from '../../../emulator/cpu/segments.ts';
import { Machine } from '../../../emulator/machine.ts';
import { isHarnessAddress } from './harness.ts';
import {
  type Case,
  CODE,
  CODE_BYTES,
  DATA,
  DATA_BYTES,
  hashStep,
  type Outcome,
  READ_ONLY_BYTES,
  REGISTER_NUMBERS,
  templateWord,
} from './layout.ts';

/** Physical places, and where the ring 0 part is mapped: among addresses that no case may use. */
const HIGH = 0xf8000000;
const Physical = {
  gdt: 0x1000,
  idt: 0x2000,
  tss: 0x3000,
  stack: 0x5000,
  handlers: 0x6000,
  directory: 0x10000,
  highTable: 0x11000,
  codeTable: 0x12000,
  dataTable: 0x13000,
  code: 0x20000,
  data: 0x30000,
} as const;
const VECTORS_COUNT = 256;
const INSTRUCTIONS_MAX = 100_000;
/** Vectors that ring 3 may call by INT n: breakpoint and overflow, as Linux has it. */
const CALLABLE = new Set([3, 4]);
const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);

/** `left`: the case went where it may not go, so its outcome says nothing. */
export type EmulatedOutcome = Outcome | { readonly left: string };

/** Runs cases on the emulator: ring 3, flat segments, paging, every exception into a HLT of its own. */
export class EmulatedProcessor {
  private readonly machine: Machine;
  private readonly cpu: Cpu;
  private readonly isCompiled: boolean;

  /** `isCompiled`: every block of a case is compiled before it is run, and finds its code and data in the TLB. */
  constructor(options: { readonly isCompiled?: boolean } = {}) {
    this.isCompiled = options.isCompiled ?? false;
    this.machine = new Machine({
      memoryBytes: 1 << 18,
      compileAfter: this.isCompiled ? 1 : Number.POSITIVE_INFINITY,
    });
    this.cpu = this.machine.cpu;
    this.makeTables();
    this.mapPages();
    for (let n = 0; n < DATA_BYTES / 4; n += 1) this.put(Physical.data + 4 * n, templateWord(n));
  }

  /** Instructions that compiled code has executed so far. */
  get compiledCount(): number {
    return this.machine.compiledCount;
  }

  run(testCase: Case): EmulatedOutcome {
    this.start(testCase);
    const stop = this.machine.run({ instructionsMax: INSTRUCTIONS_MAX });
    if (stop.kind !== 'halted') throw new Error(`the case ends in ${JSON.stringify(stop)}`);
    const outcome = this.outcome();
    return isHarnessAddress(outcome.cr2) && outcome.vector === 14 ? { left: 'a mapped address' } : outcome;
  }

  /** Whether code outside the case's own was run: data, which is not executable on the real machine. */
  leavesCode(testCase: Case): boolean {
    this.start(testCase);
    for (let n = 0; n < INSTRUCTIONS_MAX; n += 1) {
      const eip = this.machine.eip;
      if (this.machine.cpl === 0) return false;
      if (eip < CODE || eip >= CODE + CODE_BYTES) {
        const entry = this.machine.tlbEntry(eip);
        if (entry !== null || (eip >= DATA && eip < DATA + DATA_BYTES + READ_ONLY_BYTES)) return true;
      }
      this.machine.run({ instructionsMax: 1 });
    }
    return true;
  }

  private put(physical: number, word: number): void {
    this.machine.nvm.setWord(physical >>> 2, word | 0);
  }

  private word(physical: number): number {
    return this.machine.nvm.words[physical >>> 2] as number;
  }

  private start({ registers, eflags, code }: Case): void {
    const { cpu, machine } = this;
    machine.nvm.undoTo(0);
    for (let at = 0; at < CODE_BYTES; at += 4) {
      let word = 0;
      for (let n = 0; n < 4; n += 1) word |= (code[at + n] ?? 0xcc) << (8 * n);
      this.put(Physical.code + at, word);
    }
    for (const seg of [0, 1, 2, 3]) {
      const isCode = seg === 1;
      const attributes = isCode ? 0xc0fb : 0xc0f3;
      setSegment(cpu, seg, { selector: isCode ? 0x1b : 0x23, base: 0, limit: -1, attributes });
    }
    setNullSegment(cpu, 4, 0);
    setNullSegment(cpu, 5, 0);
    cpu.setCpl(3);
    cpu.mmu.tlb.flush();
    if (this.isCompiled) {
      for (let at = 0; at < CODE_BYTES; at += 0x1000) cpu.mmu.load8((CODE + at) | 0);
      for (let at = 0; at < DATA_BYTES; at += 0x1000) cpu.mmu.checkWrite((DATA + at) | 0, 1, true);
      for (let at = 0; at < READ_ONLY_BYTES; at += 0x1000) cpu.mmu.load8((DATA + DATA_BYTES + at) | 0);
    }
    registers.forEach((value, n) => {
      cpu.regs[REGISTER_NUMBERS[n] as number] = value;
    });
    writeEflags(cpu, eflags);
    cpu.eip = CODE;
    cpu.halted = false;
  }

  private outcome(): Outcome {
    const { cpu } = this;
    const vector = (cpu.eip - 1 - (HIGH | 0) - Physical.handlers) >> 4;
    let frame = (cpu.regs[4] as number) - (HIGH | 0);
    const errorCode = WITH_ERROR_CODE.has(vector) ? this.word(frame) : 0;
    if (WITH_ERROR_CODE.has(vector)) frame += 4;
    let memoryHash = 0;
    for (let n = 0; n < DATA_BYTES; n += 4) memoryHash = hashStep(memoryHash, this.word(Physical.data + n));
    const registers = REGISTER_NUMBERS.map((n) => cpu.regs[n] as number);
    registers[3] = this.word(frame + 12);
    return {
      registers,
      eip: this.word(frame),
      eflags: this.word(frame + 8),
      vector,
      errorCode,
      cr2: cpu.mmu.cr2,
      memoryHash,
    };
  }

  private makeTables(): void {
    const { cpu } = this;
    const flat = [0xcf9b00, 0xcf9300, 0xcffb00, 0xcff300];
    flat.forEach((high, n) => {
      this.put(Physical.gdt + 8 + 8 * n, 0xffff);
      this.put(Physical.gdt + 12 + 8 * n, high);
    });
    for (let vector = 0; vector < VECTORS_COUNT; vector += 1) {
      const handler = HIGH + Physical.handlers + 16 * vector;
      this.put(Physical.handlers + 16 * vector, 0xf4);
      this.put(Physical.idt + 8 * vector, (8 << 16) | (handler & 0xffff));
      this.put(
        Physical.idt + 8 * vector + 4,
        (handler & 0xffff0000) | (CALLABLE.has(vector) ? 0xee00 : 0x8e00),
      );
    }
    this.put(Physical.tss + 4, HIGH + Physical.stack);
    this.put(Physical.tss + 8, 0x10);
    this.put(Physical.tss + 0x64, 0x680000);
    cpu.gdtBase = (HIGH + Physical.gdt) | 0;
    cpu.gdtLimit = 0x27;
    cpu.idtBase = (HIGH + Physical.idt) | 0;
    cpu.idtLimit = 0x7ff;
    setSegment(cpu, 7, { selector: 0x28, base: (HIGH + Physical.tss) | 0, limit: 0x67, attributes: 0x8b });
  }

  private mapPages(): void {
    const supervisor = 0x63;
    const user = 0x67;
    const userReadOnly = 0x65;
    const table = (linear: number, physical: number): void =>
      this.put(Physical.directory + (linear >>> 22) * 4, physical | 0x27);
    table(HIGH, Physical.highTable);
    table(CODE, Physical.codeTable);
    table(DATA, Physical.dataTable);
    for (let page = 0; page < 64; page += 1)
      this.put(Physical.highTable + 4 * page, (page << 12) | supervisor);
    this.put(Physical.codeTable, Physical.code | user);
    this.put(Physical.dataTable, Physical.data | user);
    this.put(Physical.dataTable + 4, (Physical.data + 0x1000) | user);
    this.put(Physical.dataTable + 8, (Physical.data + 0x2000) | userReadOnly);
    this.cpu.mmu.setCr3(Physical.directory);
    this.cpu.mmu.setCr0(0x80010011 | 0);
  }
}

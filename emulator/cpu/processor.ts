import { NATIVE_BASE, NATIVE_ENTRY_BYTES, NATIVE_RESET_ENTRY } from '../native.ts';
import type { Nvm } from '../nvm/nvm.ts';
import { PAGE_ACCESS, type PageAccess } from '../paging/page-walk.ts';
import { NEEDS_EXACT_TIME } from '../paging/physical-bus.ts';
import { type Block, isWithin } from './block.ts';
import { BlockCache, type CodePage } from './block-cache.ts';
import { compileRegion, REGION_END, REGION_REFUSED, type Region } from './compile/region.ts';
import { type Cpu, Seg } from './cpu.ts';
import { deliverDebug, instructionBreakpoints, isDebugging, takeDebugCauses } from './debug.ts';
import { GuestFault, TripleFault } from './fault.ts';
import { Flag } from './flags.ts';
import type { Insn } from './insn.ts';
import { deliverFault } from './interrupts.ts';
import { RomBlocks } from './rom-blocks.ts';

/** How far the native window reaches: up to and with the reset entry. */
export const NATIVE_END = NATIVE_BASE + (NATIVE_RESET_ENTRY + 1) * NATIVE_ENTRY_BYTES;
const INSN_LENGTH_MAX_BYTES = 15;
/** So many that the numbers stay small integers. */
const UNCOUNTED_MAX = 1 << 28;

/** Fetches and runs blocks of predecoded instructions, and delivers the faults that they raise. */
export class Processor {
  readonly cpu: Cpu;
  private readonly cache: BlockCache;
  private readonly roms = new RomBlocks();
  private readonly nvm: Nvm;
  /** The page of the last fetch: its blocks, its linear page number, and the MMU's epoch at that time. */
  private page: CodePage | null = null;
  private linearPage = -1;
  private epoch = 0;
  /** Whether the native window is there at all. */
  private readonly hasNative: boolean;
  /** The instruction of its block that the interpreter goes on with after compiled code. */
  private resumeAt = 0;
  /** The next instruction is executed alone, so that the time is exact in it. */
  private runsAlone = false;

  /** Instructions that compiled code has executed since this processor was made. No part of the state. */
  compiledCount = 0;
  /** A block that the interpreter has begun so often is compiled; -1: none is. */
  private readonly compileAfter: number;

  constructor(cpu: Cpu, options: { readonly hasNative: boolean; readonly compileAfter: number }) {
    const { hasNative, compileAfter } = options;
    this.cpu = cpu;
    this.compileAfter = Number.isFinite(compileAfter) ? compileAfter : -1;
    this.nvm = cpu.mmu.nvm;
    this.cache = new BlockCache(this.nvm);
    this.hasNative = hasNative;
  }

  /** The next instruction is native code: EIP is in the window and CPL is 0. */
  isAtNative(): boolean {
    const { cpu } = this;
    if (!this.hasNative || cpu.cpl !== 0) return false;
    const linear = ((cpu.segmentBase[Seg.cs] as number) + cpu.eip) >>> 0;
    return linear >= NATIVE_BASE && linear < NATIVE_END;
  }

  /**
   * Runs machine code until `deadline` (a count of instructions), or until something happens that the run
   * loop must see to: `attention`, HLT, or native code as the next instruction.
   * @throws TripleFault, Unimplemented, PowerFailure.
   */
  run(deadline: number): void {
    const { cpu } = this;
    this.forgetPage();
    if (isDebugging(cpu)) {
      this.runDebugged();
      return;
    }
    cpu.deadline = deadline;
    // RF lasts until an instruction has been begun (SDM vol. 3 §17.3.1.1).
    if (!this.isAtNative()) cpu.flags &= ~Flag.rf;
    while (cpu.count < deadline && !cpu.attention && !this.isAtNative()) this.runBlocks(deadline);
  }

  /**
   * Runs block after block as long as each next one is found on the page of the first. What can change CS, and so
   * the meaning of EIP, sets `attention`; what can change the page changes the MMU's `codeEpoch`. The count of
   * instructions is brought up to date only for who looks at it: instructions that are run alone, and at the end.
   */
  private runBlocks(deadline: number): void {
    const { cpu } = this;
    const { mmu } = cpu;
    const { bus } = mmu;
    const stopAt = this.runsAlone ? cpu.count + 1 : deadline;
    this.runsAlone = false;
    let left = Math.min(stopAt - cpu.count, UNCOUNTED_MAX) | 0;
    /** Instructions that are done and not yet counted. */
    let done = 0;
    let insns: readonly Insn[] | null = null;
    /** The instruction at work, and the block's first that the interpreter executes. */
    let k = 0;
    let first = 0;
    try {
      let block = this.fetch();
      const { page, epoch } = this;
      const base = cpu.segmentBase[Seg.cs] as number;
      const { code32 } = cpu;
      const generation = page === null ? -1 : page.generation;
      bus.isCountLate = left > 1;
      for (;;) {
        first = 0;
        if (block.region === null && page !== null) {
          block.heat += 1;
          if (block.heat === this.compileAfter) compileRegion(cpu, page, block);
        }
        if (block.region !== null && left >= block.insns.length && page !== null) {
          const goesOnWith = this.runCompiled(block, block.region, left, generation);
          done += cpu.compiledDone;
          left -= cpu.compiledDone;
          if (goesOnWith === null) {
            if (left <= 0) break;
            const next = this.nextBlock(page, (base + cpu.eip) | 0, generation, code32);
            if (next === null) break;
            block = next;
            continue;
          }
          block = goesOnWith;
          first = this.resumeAt;
        }
        const { isAlone } = block;
        if (isAlone) {
          cpu.count += done;
          done = 0;
          bus.isCountLate = false;
        }
        const start = cpu.eip;
        cpu.blockEip = start;
        cpu.eip = (start + block.endOffset) | 0;
        insns = block.insns;
        k = first;
        const { length } = insns;
        mmu.blockEnd = Math.min(left + first, length);
        while (k < mmu.blockEnd) {
          const insn = insns[k] as Insn;
          insn.exec(cpu, insn);
          k += 1;
        }
        done += k - first;
        left -= k - first;
        if (isAlone) {
          // REP has counted elements of its own.
          left = Math.min(stopAt - cpu.count - done, UNCOUNTED_MAX) | 0;
          bus.isCountLate = true;
        }
        if (k < length) {
          cpu.eip = (start + (insns[k] as Insn).offset) | 0;
          break;
        }
        if (left <= 0 || cpu.attention || page === null || mmu.codeEpoch !== epoch) break;
        const next = this.nextBlock(page, (base + cpu.eip) | 0, generation, code32);
        if (next === null) break;
        block = next;
      }
      cpu.count += done;
      bus.isCountLate = false;
    } catch (thrown) {
      bus.isCountLate = false;
      if (insns === null) {
        this.raise(thrown, cpu.eip);
        return;
      }
      cpu.count += done + k - first;
      const at = (cpu.blockEip + (insns[k] as Insn).offset) | 0;
      if (thrown === NEEDS_EXACT_TIME) {
        cpu.eip = at;
        this.runsAlone = true;
      } else this.raise(thrown, at);
    }
  }

  /** The block at a linear address, if it is on the page of the last fetch and has been compared with memory. */
  private nextBlock(page: CodePage, linear: number, generation: number, code32: boolean): Block | null {
    if (linear >>> 12 !== this.linearPage) return null;
    const next = page.blocks[linear & 0xfff] as Block | null;
    return next !== null && next.generation === generation && next.code32 === code32 ? next : null;
  }

  /**
   * Executes compiled code from the block on; `cpu.compiledDone` says how many instructions.
   * @returns the block that the interpreter must go on with, from its instruction `resumeAt` on, EIP being that of
   * the block; null where EIP is at the beginning of another.
   */
  private runCompiled(block: Block, region: Region, left: number, generation: number): Block | null {
    const { cpu } = this;
    const pageEip = (cpu.eip - block.pageOffset) | 0;
    const stop = region.run(block.regionIndex, left, pageEip, generation);
    if (stop === REGION_REFUSED) {
      cpu.compiledDone = 0;
      this.resumeAt = 0;
      return block;
    }
    this.compiledCount += cpu.compiledDone;
    if (stop === REGION_END) return null;
    const resumed = region.blocks[stop >> 6] as Block;
    this.resumeAt = stop & 63;
    cpu.eip = (pageEip + resumed.pageOffset) | 0;
    return resumed;
  }

  /** One instruction between its breakpoints and its single step trap. */
  private runDebugged(): void {
    const { cpu } = this;
    if (this.isAtNative()) return;
    const before = cpu.pendingDebug | instructionBreakpoints(cpu);
    if (before !== 0) {
      cpu.pendingDebug = 0;
      cpu.count += 1;
      // RF is not set in what is pushed: a handler that wants the instruction run sets it (SDM vol. 3 §17.3.1.1).
      if (!deliverDebug(cpu, before)) throw new TripleFault();
      return;
    }
    const isStepping = (cpu.flags & Flag.tf) !== 0;
    cpu.flags &= ~Flag.rf;
    cpu.deadline = cpu.count + 1;
    cpu.hasDelivered = false;
    this.runBlocks(cpu.deadline);
    const wasStepped = isStepping && !cpu.hasDelivered && cpu.inhibitUntil <= cpu.count;
    const causes = takeDebugCauses(cpu, wasStepped);
    if (causes !== 0 && !deliverDebug(cpu, causes)) throw new TripleFault();
  }

  /** Memory may have changed in any way since: the next block is looked up in full. */
  private forgetPage(): void {
    this.page = null;
    this.linearPage = -1;
  }

  /** The block at CS:EIP. A fetch is a read at the current privilege. */
  private fetch(): Block {
    const { cpu } = this;
    const { mmu } = cpu;
    const eip = cpu.eip;
    this.forgetPage();
    if (cpu.segmentLimit[Seg.cs] === -1) {
      const linear = ((cpu.segmentBase[Seg.cs] as number) + eip) | 0;
      const physical = mmu.fetchAddress(linear);
      if (physical >= 0) {
        mmu.codePage = physical >>> 12;
        const block = this.cache.find(physical, cpu.code32);
        if (block !== null) {
          this.page = this.cache.pageAt(physical);
          this.linearPage = linear >>> 12;
          this.epoch = mmu.codeEpoch;
          return block;
        }
      }
    }
    return this.fetchSlow(eip);
  }

  private fetchSlow(eip: number): Block {
    const { cpu } = this;
    const { mmu } = cpu;
    const limit = (cpu.segmentLimit[Seg.cs] as number) >>> 0;
    if (eip >>> 0 > limit) cpu.generalProtection(0);
    const linear = ((cpu.segmentBase[Seg.cs] as number) + eip) | 0;
    const physical = mmu.translate(linear, PAGE_ACCESS[mmu.user ? 2 : 0] as PageAccess) & mmu.a20Mask;
    mmu.codePage = physical >>> 12;
    const block = mmu.isRam(physical)
      ? this.cache.find(physical, cpu.code32)
      : this.roms.find(mmu.bus.regionAt(physical), physical, cpu.code32);
    if (block !== null && isWithin(block, eip, limit)) return block;
    return this.fetchOne(linear, limit - (eip >>> 0) + 1);
  }

  /** One instruction byte by byte: over a page's end, near the segment's limit, or outside NVM. */
  private fetchOne(linear: number, roomBytes: number): Block {
    const { cpu } = this;
    const bytes: number[] = [];
    for (;;) {
      if (bytes.length >= roomBytes) cpu.generalProtection(0);
      bytes.push(cpu.mmu.load8((linear + bytes.length) | 0));
      const block = this.cache.decodeOne(Uint8Array.from(bytes), cpu.code32);
      if (block !== null) return block;
      if (bytes.length > INSN_LENGTH_MAX_BYTES) cpu.generalProtection(0);
    }
  }

  /** Delivers a guest fault of the instruction at `faultEip`; passes on everything else. */
  private raise(thrown: unknown, faultEip: number): void {
    const { cpu } = this;
    if (!cpu.fault.inNewTask) cpu.eip = faultEip;
    if (!(thrown instanceof GuestFault)) throw thrown;
    // A fault is an event of its own in time, so that an endless loop of faults ends with the budget.
    cpu.count += 1;
    cpu.attention = true;
    if (!deliverFault(cpu, faultEip)) throw new TripleFault();
  }
}

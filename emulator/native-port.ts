import { readControl, writeControl } from './cpu/control.ts';
import { type Cpu, Seg } from './cpu/cpu.ts';
import { loadTaskRegister } from './cpu/exec/descriptors.ts';
import { Flag, Lazy, readEflags } from './cpu/flags.ts';
import { interruptReturn } from './cpu/iret.ts';
import { loadSegment, requireDescriptor, setCodeSegment } from './cpu/segments.ts';
import { invariant } from './invariant.ts';
import type { Gpr, NativePort } from './native.ts';
import { NativeHalt, type NativeRunner } from './native-runner.ts';
import type { StoreOrigin } from './nvm/store-log.ts';

/** The port of one native entry. After `iret` it is dead. */
export class MachinePort implements NativePort {
  private readonly runner: NativeRunner;
  private readonly cpu: Cpu;
  hasEnded = false;

  constructor(runner: NativeRunner) {
    this.runner = runner;
    this.cpu = runner.host.cpu;
  }

  load8(address: number): number {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.cpu.mmu.load8(address | 0);
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  load16(address: number): number {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.cpu.mmu.load16(address | 0);
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  load32(address: number): number {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.cpu.mmu.load32(address | 0) >>> 0;
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  store8(address: number, value: number): void {
    this.retrying(() => this.cpu.mmu.store8(address | 0, value & 0xff));
  }

  store16(address: number, value: number): void {
    this.retrying(() => this.cpu.mmu.store16(address | 0, value & 0xffff));
  }

  store32(address: number, value: number): void {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.cpu.mmu.store32(address | 0, value | 0);
        return;
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  in8(port: number): number {
    this.begin();
    return this.cpu.ports.read(port & 0xffff, 1) & 0xff;
  }

  out8(port: number, value: number): void {
    this.begin();
    this.cpu.ports.write(port & 0xffff, value & 0xff, 1);
  }

  setStoreOrigin(origin: StoreOrigin): void {
    this.checkAlive();
    this.cpu.mmu.nvm.origin = origin;
  }

  readGpr(register: Gpr): number {
    return (this.cpu.regs[register] as number) >>> 0;
  }

  writeGpr(register: Gpr, value: number): void {
    this.checkAlive();
    this.cpu.regs[register] = value;
  }

  readCr(register: 0 | 2 | 3 | 4): number {
    return readControl(this.cpu, register) >>> 0;
  }

  writeCr(register: 0 | 2 | 3 | 4, value: number): void {
    this.retrying(() => writeControl(this.cpu, register, value | 0));
  }

  invlpg(address: number): void {
    this.begin();
    this.cpu.mmu.invalidate(address);
  }

  clflush(address: number): void {
    this.retrying(() => {
      const physical = this.cpu.mmu.lineAddress(address | 0);
      if (physical >= 0) this.cpu.mmu.nvm.cache?.flush(physical);
    });
  }

  clwb(address: number): void {
    this.retrying(() => {
      const physical = this.cpu.mmu.lineAddress(address | 0);
      if (physical >= 0) this.cpu.mmu.nvm.cache?.writeBack(physical);
    });
  }

  sfence(): void {
    this.begin();
    this.cpu.mmu.nvm.cache?.fence();
  }

  lgdt(base: number, limit: number): void {
    this.checkAlive();
    this.cpu.gdtBase = base | 0;
    this.cpu.gdtLimit = limit & 0xffff;
  }

  lidt(base: number, limit: number): void {
    this.checkAlive();
    this.cpu.idtBase = base | 0;
    this.cpu.idtLimit = limit & 0xffff;
  }

  ltr(selector: number): void {
    this.retrying(() => loadTaskRegister(this.cpu, selector));
  }

  loadCs(selector: number): void {
    this.retrying(() => {
      const code = requireDescriptor(this.cpu, selector);
      setCodeSegment(this.cpu, selector, code, 0);
    });
  }

  readSegment(segment: 'es' | 'ds' | 'fs' | 'gs'): number {
    this.begin();
    return this.cpu.segmentSelector[Seg[segment]] as number;
  }

  loadSegment(segment: 'es' | 'ss' | 'ds' | 'fs' | 'gs', selector: number): void {
    this.retrying(() => loadSegment(this.cpu, Seg[segment], selector));
  }

  iret(): void {
    this.retrying(() => interruptReturn(this.cpu, 4));
    this.hasEnded = true;
  }

  halt(): void {
    this.begin();
    this.cpu.flags = readEflags(this.cpu) & ~Flag.if;
    this.cpu.lazy = Lazy.none;
    this.cpu.halted = true;
    this.hasEnded = true;
    throw new NativeHalt();
  }

  private begin(): void {
    this.checkAlive();
    this.runner.tick();
  }

  private checkAlive(): void {
    invariant(!this.hasEnded, 'native code does nothing after iret');
  }

  private retrying(access: () => void): void {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        access();
        return;
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }
}

/**
 * The kernel: what happens at reset, at every interrupt, and on the way out. It keeps nothing in itself
 * between two entries; a new one is made at each.
 *
 * Protocol. On entry the user's registers are saved and the user epoch is committed (`Enter`); the privileged
 * section is a second epoch, committed on the way out (`Leave`). A first write to a protected page is no
 * entry in this sense: the handler makes the shadow and goes back.
 */
import { Gpr, type NativeCode, type NativePort } from '../emulator/native.ts';
import { StoreOrigin } from '../emulator/nvm/store-log.ts';
import { Door } from './door.ts';
import { Files } from './files.ts';
import { buildEverything } from './first-boot.ts';
import {
  BOOT_CLEAN,
  BOOT_RUNNING,
  Control,
  Frame,
  frameAddress,
  Proc,
  Pte,
  Sched,
  Selector,
  TRACKED_BASE,
  USER_SEGMENTS,
} from './layout.ts';
import { Pipes } from './pipes.ts';
import { directoryIndex, type ImportantPage, type MemoryPlan, tableIndex } from './plan.ts';
import * as power from './power-up.ts';
import { Cause, type Probe } from './probe.ts';
import { ProcessTable, Status } from './process-table.ts';
import type { Workload } from './programs/workload.ts';
import type { Recovery } from './recovery.ts';
import { Scheduler } from './scheduler.ts';
import type { Scheme } from './schemes/scheme.ts';
import { SerialDriver } from './serial.ts';
import { callKind, endProcess, type KernelObjects, systemCall, USER_SPACE_END } from './syscalls.ts';

/** What a kernel is made of. Constants only: a mutant replaces a part, a scheme is one. */
export interface KernelParts {
  readonly plan: MemoryPlan;
  readonly workload: Workload;
  readonly makeScheme: (door: Door, plan: MemoryPlan) => Scheme;
  readonly makeRecovery: (kernel: KernelObjects) => Recovery;
  readonly makeKernel: (parts: KernelParts, port: NativePort, probe: Probe) => Kernel;
}

const BOOT_WORD = frameAddress(Frame.control) + Control.bootWord;
const ERROR_PRESENT = 1;
const ERROR_WRITE = 2;
const VECTORS_WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);
const KILLED_BY_SIGSEGV = 128 + 11;

export class Kernel implements NativeCode, KernelObjects {
  readonly parts: KernelParts;
  readonly door: Door;
  readonly processes: ProcessTable;
  readonly scheduler: Scheduler;
  readonly files: Files;
  readonly pipes: Pipes;
  readonly serial: SerialDriver;
  readonly scheme: Scheme;

  constructor(parts: KernelParts, port: NativePort, probe: Probe) {
    this.parts = parts;
    this.door = new Door(port, probe);
    this.processes = new ProcessTable(this.door);
    this.scheduler = new Scheduler(this.door, this.processes);
    this.files = new Files(this.door);
    this.pipes = new Pipes(this.door);
    this.serial = new SerialDriver(this.door, this.processes, this.scheduler);
    this.scheme = parts.makeScheme(this.door, parts.plan);
  }

  /** Power on (thesis §3.2): the boot word tells a first boot, a clean start and a failure apart. */
  reset(): void {
    if (this.door.load(BOOT_WORD) === BOOT_RUNNING) this.recover();
    else this.firstBoot();
    power.startInterruptController(this.door.port);
    this.serial.initialise();
    this.leave();
  }

  interrupt(vector: number): void {
    if (vector === power.Vector.pageFault && this.handleFirstWrite()) return;
    if (vector === power.Vector.spurious) return this.door.port.iret();
    const fromUser = this.enter(vector);
    switch (vector) {
      case power.Vector.systemCall:
        systemCall(this, this.scheduler.current());
        this.scheduler.countCall();
        break;
      case power.Vector.timer:
        power.endOfInterrupt(this.door.port);
        if (fromUser) this.scheduler.rotate();
        break;
      case power.Vector.serial:
        this.serial.interrupt();
        power.endOfInterrupt(this.door.port);
        break;
      default:
        endProcess(this, this.scheduler.current(), KILLED_BY_SIGSEGV);
    }
    this.leave();
  }

  protected firstBoot(): void {
    const { door } = this;
    door.phase('boot');
    door.port.setStoreOrigin(StoreOrigin.kernel);
    this.buildTables();
    this.storeBootWord(); // the commit point of the first boot
    door.event({ kind: 'Start' });
    power.enterPaging(door);
  }

  /** Everything that has to be there before the boot word says so. Paging is off. */
  protected buildTables(): void {
    buildEverything(this.door, this.parts.plan, this.parts.workload);
    this.scheme.format();
  }

  protected storeBootWord(): void {
    this.door.store(BOOT_WORD, BOOT_RUNNING);
    this.door.commitStored();
  }

  protected recover(): void {
    const { door } = this;
    door.phase('recovery');
    door.port.setStoreOrigin(StoreOrigin.recovery);
    power.enterPaging(door);
    this.scheme.restore();
    door.event({ kind: 'Restored' });
    this.parts.makeRecovery(this).run();
    this.scheme.commit(() => door.event({ kind: 'Recovered' }));
    door.phase('recovery');
  }

  /** Kernel entry and its commit: the user's registers and pages become durable. Says whether it was ring 3. */
  private enter(vector: number): boolean {
    const { door, processes, scheduler } = this;
    const { port } = door;
    door.phase('privileged');
    port.setStoreOrigin(StoreOrigin.kernel);
    const cause = causeOf(vector);
    const frame = port.readGpr(Gpr.esp) + (VECTORS_WITH_ERROR_CODE.has(vector) ? 4 : 0);
    const fromUser = (door.load(frame + 4) & 3) === 3;
    // Before anything is committed: the epoch that the kernel failed in is only half done.
    if (cause === 'fault' && !fromUser) door.panic(`exception ${vector} in the kernel`);
    const pid = scheduler.current();
    if (fromUser) {
      power.stopTimer(port);
      for (const gpr of [0, 1, 2, 3, 5, 6, 7] as const) processes.setRegister(pid, gpr, port.readGpr(gpr));
      USER_SEGMENTS.forEach((segment, i) => {
        processes.set(pid, Proc.segments + i * 4, port.readSegment(segment));
      });
      processes.set(pid, Proc.eip, door.load(frame));
      processes.set(pid, Proc.eflags, door.load(frame + 8));
      processes.setRegister(pid, Gpr.esp, door.load(frame + 12));
      if (cause === 'call') processes.set(pid, Proc.call, callKind(this, pid));
    }
    scheduler.set(Sched.cause, Cause[cause]);
    this.scheme.commit(() => door.event({ kind: 'Enter', cause }));
    door.phase('privileged');
    return fromUser;
  }

  /** Chooses who runs, commits the privileged section, and goes to user mode, to the idle loop, or to rest. */
  private leave(): void {
    const { door, scheduler } = this;
    const next = scheduler.choose();
    scheduler.set(Sched.cause, Cause.none);
    this.scheme.commit(() => door.event({ kind: 'Leave' }));
    if (next === 0 && this.processes.all().every((pid) => this.processes.status(pid) === Status.exited)) {
      return this.shutDown();
    }
    door.phase('user');
    if (next === 0) this.exitToIdle();
    else this.exitToUser(next);
  }

  /** Thesis §3.2: a normal end is marked. One store; a crash before it finds a running system to recover. */
  private shutDown(): void {
    this.door.phase('shutdown');
    this.door.storeMechanism(BOOT_WORD, BOOT_CLEAN);
    this.door.commitStored();
    this.door.event({ kind: 'Shutdown' });
    this.scheme.cleanWordStored?.(BOOT_WORD);
    this.door.port.halt();
  }

  private exitToUser(pid: number): void {
    const { door, processes, parts } = this;
    const { port } = door;
    const frame = power.KERNEL_STACK_TOP - 20;
    const registers = [0, 1, 2, 3, 4, 5, 6, 7].map((gpr) => processes.register(pid, gpr));
    door.store(frame, processes.get(pid, Proc.eip));
    door.store(frame + 4, Selector.userCode);
    door.store(frame + 8, processes.get(pid, Proc.eflags));
    door.store(frame + 12, registers[Gpr.esp] ?? 0);
    door.store(frame + 16, Selector.userData);
    const directory = processes.get(pid, Proc.pageDirectory);
    USER_SEGMENTS.forEach((segment, i) => {
      port.loadSegment(segment, processes.get(pid, Proc.segments + i * 4));
    });
    registers.forEach((value, gpr) => {
      port.writeGpr(gpr as Gpr, gpr === Gpr.esp ? frame : value);
    });
    power.stopTimer(port);
    power.startTimer(port, parts.workload.quantumInstructions);
    port.writeCr(3, directory);
    port.iret();
  }

  private exitToIdle(): void {
    const { port } = this.door;
    const frame = power.KERNEL_STACK_TOP - 12;
    const EFLAGS_IF = 0x202;
    this.door.store(frame, power.IDLE_ENTRY);
    this.door.store(frame + 4, Selector.kernelCode);
    this.door.store(frame + 8, EFLAGS_IF);
    for (const gpr of [0, 1, 2, 3, 5, 6, 7] as const) port.writeGpr(gpr, 0);
    port.writeGpr(Gpr.esp, frame);
    power.stopTimer(port);
    port.writeCr(3, frameAddress(Frame.kernelDirectory));
    port.iret();
  }

  /** The first write of an epoch to an important page (thesis §4.1). False for every other page fault. */
  private handleFirstWrite(): boolean {
    const { port } = this.door;
    const esp = port.readGpr(Gpr.esp);
    const error = this.door.load(esp);
    if ((error & (ERROR_PRESENT | ERROR_WRITE)) !== (ERROR_PRESENT | ERROR_WRITE)) return false;
    const page = this.importantPageAt(port.readCr(2) >>> 0);
    if (page === undefined || !page.canWrite) return false;
    const fromUser = (this.door.load(esp + 8) & 3) === 3;
    // A process that writes to a kernel page gets no shadow for it: it would fault there for ever.
    if (fromUser && page.owner === 0) return false;
    // The copy is the kernel's time, not the process's: else a turn could end before its first write does.
    if (fromUser) power.stopTimer(port);
    this.scheme.firstWrite(page);
    if (fromUser) power.startTimer(port, this.parts.workload.quantumInstructions);
    port.writeGpr(Gpr.esp, esp + 4);
    port.iret();
    return true;
  }

  private importantPageAt(address: number): ImportantPage | undefined {
    const owner = address >= TRACKED_BASE ? 0 : this.scheduler.current();
    const start = (address & ~0xfff) >>> 0;
    return this.parts.plan.important.find((p) => p.linear === start && p.owner === owner);
  }

  userCanAccess(options: { address: number; lengthBytes: number; write: boolean }): boolean {
    const end = options.address + options.lengthBytes;
    if (end > USER_SPACE_END) return false;
    if (options.lengthBytes === 0) return true;
    const directory = this.processes.get(this.scheduler.current(), Proc.pageDirectory);
    for (let at = options.address & ~0xfff; at >>> 0 < end; at += 4096) {
      const tableEntry = this.door.loadMechanism(directory + directoryIndex(at >>> 0) * 4);
      if ((tableEntry & Pte.present) === 0 || (tableEntry & Pte.user) === 0) return false;
      const entry = this.door.loadMechanism((tableEntry & ~0xfff) + tableIndex(at >>> 0) * 4);
      if ((entry & Pte.present) === 0 || (entry & Pte.user) === 0) return false;
      if (options.write && (entry & (Pte.writable | Pte.tracked)) === 0) return false;
    }
    return true;
  }
}

function causeOf(vector: number): 'call' | 'tick' | 'serial' | 'fault' {
  if (vector === power.Vector.systemCall) return 'call';
  if (vector === power.Vector.timer) return 'tick';
  return vector === power.Vector.serial ? 'serial' : 'fault';
}

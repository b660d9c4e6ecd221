/** What every start does to the processor and the devices, whose registers no failure leaves alone. */
import { NATIVE_BASE, NATIVE_ENTRY_BYTES, type NativePort } from '../emulator/native.ts';
import type { Door } from './door.ts';
import {
  Descriptors,
  Frame,
  frameAddress,
  GDT_ENTRIES_COUNT,
  IDT_ENTRIES_COUNT,
  mechanism,
  Selector,
} from './layout.ts';

const CR0_PE = 1;
const CR0_WP = 1 << 16;
const CR0_PG = 0x80000000;

/** Vectors at which the 8259 pair delivers, and the ones this kernel uses. */
export const IRQ_BASE = 0x20;
export const Vector = {
  pageFault: 14,
  timer: IRQ_BASE,
  serial: IRQ_BASE + 4,
  spurious: IRQ_BASE + 7,
  systemCall: 0x80,
} as const;

const PIC = { command: 0x20, data: 0x21, secondCommand: 0xa0, secondData: 0xa1 } as const;
const PIT = { channel0: 0x40, control: 0x43 } as const;
const PIT_CHANNEL0_LOHI_MODE0 = 0x30;

const BASE = frameAddress(Frame.descriptors);
export const KERNEL_STACK_TOP = mechanism(frameAddress(Frame.kernelStack) + 4096);

/** First boot: stores the descriptor tables. Paging is off, so linear addresses are physical. */
export function storeDescriptors(door: Door): void {
  const gdt = BASE + Descriptors.gdt;
  const flat = (access: number): [number, number] => [0x0000ffff, 0x00cf0000 | (access << 8)];
  const descriptors: [number, number][] = [
    [0, 0],
    flat(0x9b),
    flat(0x93),
    flat(0xfb),
    flat(0xf3),
    tssDescriptor(),
  ];
  descriptors.forEach(([low, high], i) => {
    door.store(gdt + i * 8, low);
    door.store(gdt + i * 8 + 4, high);
  });
  const tss = BASE + Descriptors.tss;
  for (let at = 0; at < 0x68; at += 4) door.store(tss + at, 0);
  door.store(tss + 4, KERNEL_STACK_TOP);
  door.store(tss + 8, Selector.kernelData);
  door.store(tss + 0x64, 0x680000);
  const idt = BASE + Descriptors.idt;
  for (let vector = 0; vector < IDT_ENTRIES_COUNT; vector += 1) {
    const handler = NATIVE_BASE + vector * NATIVE_ENTRY_BYTES;
    const isUsed =
      vector < 20 || (vector >= IRQ_BASE && vector < IRQ_BASE + 16) || vector === Vector.systemCall;
    const access = vector === Vector.systemCall ? 0xee00 : 0x8e00;
    door.store(idt + vector * 8, isUsed ? (Selector.kernelCode << 16) | (handler & 0xffff) : 0);
    door.store(idt + vector * 8 + 4, isUsed ? (handler & 0xffff0000) | access : 0);
  }
  door.store(BASE + Descriptors.idleCode, IDLE_CODE);
}

/** `hlt` and a jump back to it: what ring 0 executes while nobody can run. */
const IDLE_CODE = 0x90fdebf4;
export const IDLE_ENTRY = mechanism(BASE + Descriptors.idleCode);

function tssDescriptor(): [number, number] {
  const base = mechanism(BASE + Descriptors.tss);
  return [((base & 0xffff) << 16) | 0x67, (base & 0xff000000) | 0x8900 | ((base >>> 16) & 0xff)];
}

/** Turns paging on with CR0.WP, and loads the descriptor tables, the segments and the stack. */
export function enterPaging(door: Door): void {
  const { port } = door;
  port.writeCr(3, frameAddress(Frame.kernelDirectory));
  port.writeCr(0, CR0_PE | CR0_WP | CR0_PG);
  port.lgdt(mechanism(BASE + Descriptors.gdt), GDT_ENTRIES_COUNT * 8 - 1);
  port.lidt(mechanism(BASE + Descriptors.idt), IDT_ENTRIES_COUNT * 8 - 1);
  port.loadCs(Selector.kernelCode);
  for (const segment of ['ss', 'ds', 'es', 'fs', 'gs'] as const)
    port.loadSegment(segment, Selector.kernelData);
  // The last life left the descriptor marked busy, and LTR refuses a busy task.
  door.storeMechanism(BASE + Descriptors.gdt + Selector.tss + 4, tssDescriptor()[1]);
  port.ltr(Selector.tss);
  port.writeGpr(4, KERNEL_STACK_TOP);
}

/** Programs the interrupt controllers: vectors 20h–2Fh, edge triggered, only timer and serial port let in. */
export function startInterruptController(port: NativePort): void {
  for (const [command, data, vector, cascade] of [
    [PIC.command, PIC.data, IRQ_BASE, 0x04],
    [PIC.secondCommand, PIC.secondData, IRQ_BASE + 8, 0x02],
  ] as const) {
    port.out8(command, 0x11);
    port.out8(data, vector);
    port.out8(data, cascade);
    port.out8(data, 0x01);
  }
  port.out8(PIC.data, 0xff & ~(1 << 0) & ~(1 << 4));
  port.out8(PIC.secondData, 0xff);
}

export function endOfInterrupt(port: NativePort): void {
  port.out8(PIC.command, 0x20);
}

/** Takes the timer's output low, so that no tick comes until it is started. */
export function stopTimer(port: NativePort): void {
  port.out8(PIT.control, PIT_CHANNEL0_LOHI_MODE0);
}

/** One interrupt after `ticks` (1 to 65535) ticks of the timer. */
export function startTimer(port: NativePort, ticks: number): void {
  port.out8(PIT.channel0, ticks & 0xff);
  port.out8(PIT.channel0, ticks >>> 8);
}

/** A small kernel in C, made by gcc: interrupts, paging and a heap sort, told over the serial port. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emulateToEnd } from '../../../emulator/platform/emulate.ts';

const SOURCE = `
typedef unsigned int u32; typedef unsigned short u16; typedef unsigned char u8;
__asm__(".section .multiboot,\\"a\\"\\n.align 4\\n.long 0x1badb002, 3, -(0x1badb002 + 3)\\n.text\\n"
  ".globl _start\\n_start: mov $stack_top, %esp\\n push %ebx\\n push %eax\\n call kernel\\n"
  ".globl tick_entry\\ntick_entry: pusha\\n cld\\n call tick\\n popa\\n iret\\n"
  ".globl fault_entry\\nfault_entry: pusha\\n cld\\n mov %cr2, %eax\\n push %eax\\n call fault\\n add $4, %esp\\n popa\\n add $4, %esp\\n iret\\n"
  ".bss\\n.align 16\\n.skip 16384\\nstack_top:\\n.text\\n");
extern char tick_entry[], fault_entry[];
static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 value; __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port)); return value; }
static void put(char c) { while (!(in8(0x3fd) & 0x20)) ; out8(0x3f8, c); }
static void print(const char *s) { while (*s) put(*s++); }
static void number(u32 n) { char b[12]; int i = 12; b[--i] = 0; do b[--i] = '0' + n % 10; while (n /= 10); print(b + i); }
struct __attribute__((packed)) table { u16 limit; u32 base; };
static u32 gdt[6] = {0, 0, 0x0000ffff, 0x00cf9a00, 0x0000ffff, 0x00cf9200};
static u32 idt[512] __attribute__((aligned(8)));
static u32 directory[1024] __attribute__((aligned(4096))), low[1024] __attribute__((aligned(4096)));
static volatile u32 ticks, faults;
static void gate(int vector, char *entry) {
  idt[vector * 2] = 0x80000 | ((u32)entry & 0xffff);
  idt[vector * 2 + 1] = ((u32)entry & 0xffff0000) | 0x8e00;
}
void tick(void) { ticks++; out8(0x20, 0x20); }
void fault(u32 address) {
  faults++;
  low[(address >> 12) & 1023] |= 1;
  __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}
static u32 values[500];
static void sift(u32 *v, int root, int end) {
  for (int child; (child = 2 * root + 1) < end; root = child) {
    if (child + 1 < end && v[child] < v[child + 1]) child++;
    if (v[root] >= v[child]) return;
    u32 t = v[root]; v[root] = v[child]; v[child] = t;
  }
}
static u32 sorted(void) {
  u32 seed = 12345, sum = 0;
  for (int i = 0; i < 500; i++) values[i] = (seed = seed * 1664525 + 1013904223) >> 8;
  for (int i = 249; i >= 0; i--) sift(values, i, 500);
  for (int i = 499; i > 0; i--) { u32 t = values[0]; values[0] = values[i]; values[i] = t; sift(values, 0, i); }
  for (int i = 1; i < 500; i++) if (values[i - 1] > values[i]) return 0;
  for (int i = 0; i < 500; i++) sum = sum * 31 + values[i];
  return sum;
}
void kernel(u32 magic, u32 *info) {
  struct table g = {sizeof gdt - 1, (u32)gdt}, i = {sizeof idt - 1, (u32)idt};
  __asm__ volatile("lgdt %0\\n ljmp $8, $1f\\n1: mov %1, %%ds\\n mov %1, %%es\\n mov %1, %%ss" : : "m"(g), "r"(0x10) : "memory");
  __asm__ volatile("lidt %0" : : "m"(i));
  print("magic "); print(magic == 0x2badb002 ? "ok" : "bad"); print(", KiB "); number(info[2]); put('\\n');
  gate(14, fault_entry); gate(32, tick_entry);
  for (int p = 0; p < 1024; p++) low[p] = p * 4096 | 3;
  for (int p = 900; p < 910; p++) low[p] &= ~1;
  directory[0] = (u32)low | 3;
  __asm__ volatile("mov %0, %%cr3\\n mov %%cr0, %%eax\\n or $0x80010000, %%eax\\n mov %%eax, %%cr0" : : "r"(directory) : "eax", "memory");
  for (int p = 900; p < 910; p++) *(volatile u32 *)(p * 4096) = p;
  print("faults "); number(faults); put('\\n');
  out8(0x20, 0x11); out8(0x21, 32); out8(0x21, 4); out8(0x21, 1); out8(0x21, 0xfe);
  out8(0x43, 0x34); out8(0x40, 0xe8); out8(0x40, 3);
  __asm__ volatile("sti");
  u32 sum = sorted();
  while (ticks < 50) __asm__ volatile("hlt");
  __asm__ volatile("cli");
  print("sum "); number(sum); put('\\n');
  out8(0xf4, 0);
}
`;

const LINKER_SCRIPT = `ENTRY(_start)
SECTIONS {
  . = 0x100000;
  .text : { *(.multiboot) *(.text*) }
  .data ALIGN(4096) : { *(.rodata*) *(.data*) }
  .bss : { *(.bss*) *(COMMON) }
  /DISCARD/ : { *(.eh_frame*) *(.note*) *(.comment) }
}
`;

/** The kernel, where this machine's gcc makes 32-bit code. */
function build(): Uint8Array | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'fukugen-'));
  try {
    const [source, output] = [join(directory, 'kernel.c'), join(directory, 'kernel')];
    writeFileSync(source, SOURCE);
    const flags = [
      '-m32',
      '-static',
      '-no-pie',
      '-fno-pic',
      '-nostdlib',
      '-ffreestanding',
      '-fno-stack-protector',
      '-O2',
    ];
    const script = join(directory, 'kernel.ld');
    writeFileSync(script, LINKER_SCRIPT);
    const link = ['-Wl,--build-id=none', '-T', script, '-mgeneral-regs-only', '-march=i386'];
    execFileSync('gcc', [...flags, ...link, '-o', output, source], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(output));
  } catch (error) {
    if (process.env.FUKUGEN_SHOW_GCC) console.error(String(error));
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
const kernel = build();

/** What the kernel's sum must be, reckoned here. */
function expectedSum(): number {
  let seed = 12345;
  const values = Array.from({ length: 500 }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed >>> 8;
  });
  values.sort((a, b) => a - b);
  return values.reduce((sum, value) => (Math.imul(sum, 31) + value) >>> 0, 0);
}

describe.skipIf(kernel === undefined)('a kernel in C', () => {
  it('runs with interrupts and paging, and reckons right', async () => {
    const output: number[] = [];
    const messages: string[] = [];
    const result = await emulateToEnd({
      kernel: kernel ?? new Uint8Array(0),
      memoryMib: 16,
      instructionsMax: 20_000_000,
      onOutput: (byte) => output.push(byte),
      onMessage: (line) => messages.push(line),
    });
    expect(messages).toEqual([]);
    expect(String.fromCharCode(...output)).toBe(
      `magic ok, KiB ${15 * 1024}\nfaults 10\nsum ${expectedSum()}\n`,
    );
    expect(result.exitCode).toBe(1);
  });
});

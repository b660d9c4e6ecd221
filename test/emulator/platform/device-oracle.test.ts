/**
 * The devices against those of v86, an independent emulator: the same ROM reads and writes the same ports on
 * both, and everything read is compared. Left out is what hangs on v86's real time, and where v86 departs
 * from the data sheets, which our own tests follow: the 8254's read-back command, the 8042's D2h (answered by
 * the keyboard there), the keyboard's echo, CMOS memory, the CRTC's start address.
 */
import { createRequire } from 'node:module';
import { V86 } from 'v86';
import { describe, expect, it } from 'vitest';
import { Assembler } from '../../../emulator/assembler/assembler.ts';
import { mem } from '../../../emulator/assembler/operands.ts';
import { emulateToEnd } from '../../../emulator/platform/emulate.ts';

const require = createRequire(import.meta.url);
const ROM_BYTES = 0x10000;
const RESULTS_AT = 0x2000;
const END_MARK = 0x7e;

/** One access; `until` reads again and again till the masked value is there, 10,000 times at most. */
type Probe =
  | { readonly kind: 'out'; readonly port: number; readonly value: number }
  | { readonly kind: 'in'; readonly port: number; readonly mask: number }
  | { readonly kind: 'until'; readonly port: number; readonly mask: number; readonly value: number };

const out = (port: number, ...values: readonly number[]): Probe[] =>
  values.map((value) => ({ kind: 'out', port, value }));
const read = (port: number, mask = 0xff): Probe => ({ kind: 'in', port, mask });
const until = (port: number, mask: number, value: number): Probe => ({ kind: 'until', port, mask, value });

function makeProbeRom(probes: readonly Probe[]): Uint8Array {
  const a = new Assembler({ origin: 0, bits: 16 });
  a.cli().xor('ax', 'ax').mov('ds', 'ax').mov('es', 'ax').mov('ss', 'ax').mov('sp', 0x7000).cld();
  a.mov('di', RESULTS_AT);
  probes.forEach((probe, i) => {
    a.mov('dx', probe.port);
    if (probe.kind === 'out') a.mov('al', probe.value).out('dx', 'al');
    else if (probe.kind === 'in') a.in('al', 'dx').and('al', probe.mask).stosb();
    else {
      a.mov('cx', 10_000).label(`wait${i}`).in('al', 'dx').and('al', probe.mask).cmp('al', probe.value);
      a.emit('loopne', `wait${i}`);
    }
  });
  // Results go out as two letters a byte.
  a.mov('si', RESULTS_AT)
    .mov('bx', 'di')
    .mov('dx', 0x3fb)
    .mov('al', 3)
    .out('dx', 'al')
    .mov('dx', 0x3fc)
    .mov('al', 0)
    .out('dx', 'al');
  a.label('send')
    .cmp('si', 'bx')
    .jae('end')
    .mov('ah', mem.byte({ base: 'si' }))
    .inc('si');
  a.mov('al', 'ah')
    .shr('al', 4)
    .add('al', 0x41)
    .call('put')
    .mov('al', 'ah')
    .and('al', 15)
    .add('al', 0x41)
    .call('put')
    .jmp('send');
  a.label('end').mov('al', END_MARK).call('put').cli().hlt();
  a.label('put').push('ax').mov('dx', 0x3fd).label('full').in('al', 'dx').test('al', 0x20).jz('full');
  a.pop('ax').mov('dx', 0x3f8).out('dx', 'al').ret();
  const rom = new Uint8Array(ROM_BYTES);
  rom.set(a.assemble().segments[0]?.bytes ?? []);
  rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], ROM_BYTES - 16);
  return rom;
}

/** What the probes read; the bytes that they send through the port themselves come before the results. */
function decode(sent: readonly number[], probes: readonly Probe[]): number[] {
  const count = probes.filter((probe) => probe.kind === 'in').length;
  const letters = sent.slice(sent.indexOf(END_MARK) - 2 * count, sent.indexOf(END_MARK));
  return Array.from(
    { length: count },
    (_, i) => (((letters[2 * i] ?? 0) - 0x41) << 4) | ((letters[2 * i + 1] ?? 0) - 0x41),
  );
}

async function onOurs(rom: Uint8Array, disk: Uint8Array): Promise<number[]> {
  const sent: number[] = [];
  await emulateToEnd({
    rom,
    disk,
    memoryMib: 16,
    instructionsMax: 5_000_000,
    onOutput: (byte) => sent.push(byte),
    onMessage: () => {},
  });
  return sent;
}

async function onV86(rom: Uint8Array, disk: Uint8Array): Promise<number[]> {
  const sent: number[] = [];
  const emulator = new V86({
    wasm_path: require.resolve('v86/build/v86.wasm'),
    bios: { buffer: rom.slice().buffer },
    hda: { buffer: disk.slice().buffer },
    memory_size: 16 * 2 ** 20,
    autostart: true,
    disable_jit: true,
    disable_speaker: true,
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('v86 did not end in 20 s')), 20_000);
    emulator.add_listener('serial0-output-byte', (byte: number) => {
      sent.push(byte);
      if (byte !== END_MARK) return;
      clearTimeout(timer);
      resolve();
    });
  });
  await emulator.destroy();
  return sent;
}

const kbd = (...bytes: readonly number[]): Probe[] => bytes.flatMap((byte) => [...out(0x60, byte)]);
const answer = (): Probe[] => [until(0x64, 1, 1), read(0x60)];
const cmos = (index: number, value: number): Probe[] => [...out(0x70, index), ...out(0x71, value)];
const readCmos = (index: number, mask = 0xff): Probe[] => [...out(0x70, index), read(0x71, mask)];
const crtc = (index: number, value: number): Probe[] => [...out(0x3d4, index), ...out(0x3d5, value)];
const readCrtc = (index: number): Probe[] => [...out(0x3d4, index), read(0x3d5)];
const picInit: Probe[] = [
  ...out(0x20, 0x11),
  ...out(0x21, 0x20, 0x04, 0x01),
  ...out(0xa0, 0x11),
  ...out(0xa1, 0x28, 0x02, 0x01),
  ...out(0x21, 0xff),
  ...out(0xa1, 0xff),
];
const ata = (registers: readonly (readonly [number, number])[]): Probe[] => [
  ...registers.flatMap(([register, value]) => out(0x1f0 + register, value)),
  until(0x3f6, 0x80, 0),
];
const lba = (sector: number, command: number): Probe[] =>
  ata([
    [6, 0xe0],
    [2, 1],
    [3, sector],
    [4, 0],
    [5, 0],
    [7, command],
  ]);

const SUITES: Readonly<Record<string, readonly Probe[]>> = {
  '8259: masks, and a request of the keyboard in IRR': [
    ...picInit,
    read(0x21),
    read(0xa1),
    ...out(0x21, 0xa5),
    read(0x21),
    ...out(0x20, 0x0a),
    read(0x20, 0x02),
    ...out(0x64, 0xd2),
    ...kbd(0x55),
    until(0x64, 1, 1),
    read(0x20, 0x02),
    ...out(0x20, 0x0b),
    read(0x20, 0x02),
    read(0x60, 0x00),
    ...out(0x20, 0x0a),
    read(0xa0, 0x00),
  ],
  '8042: self-tests and mode': [
    ...out(0x64, 0xaa),
    ...answer(),
    ...out(0x64, 0xab),
    ...answer(),
    ...out(0x64, 0x60),
    ...kbd(0x00),
    ...out(0x64, 0x20),
    ...answer(),
    read(0x64, 0x01),
  ],
  'keyboard: LEDs, identity, enabling': [
    ...out(0x64, 0x60),
    ...kbd(0x00),
    ...kbd(0xed),
    ...answer(),
    ...kbd(0x07),
    ...answer(),
    ...kbd(0xf2),
    ...answer(),
    ...answer(),
    ...answer(),
    ...kbd(0xf4),
    ...answer(),
  ],
  '16550: scratch, divisor, modes, interrupt identification': [
    ...out(0x3ff, 0xa5),
    read(0x3ff),
    ...out(0x3fb, 0x83),
    ...out(0x3f8, 0x0c),
    ...out(0x3f9, 0x00),
    read(0x3f8),
    read(0x3f9),
    ...out(0x3fb, 0x03),
    read(0x3fb),
    read(0x3f9),
    read(0x3fd),
    read(0x3fa),
    ...out(0x3f9, 0x02),
    read(0x3fa),
    read(0x3fa),
    ...out(0x3f9, 0x00),
    ...out(0x3fc, 0x0b),
    read(0x3fc),
    ...out(0x3fc, 0x00),
  ],
  'CMOS: registers B and D, setting the clock': [
    ...readCmos(0x0d),
    ...cmos(0x0b, 0x82),
    ...readCmos(0x0b),
    ...cmos(0x0b, 0x02),
    ...readCmos(0x0b),
  ],
  'VGA: CRTC, attribute controller, sequencer, graphics controller, palette': [
    ...out(0x3c2, 0x67),
    ...crtc(0x11, 0x0e),
    ...crtc(0x0e, 0x03),
    ...crtc(0x0f, 0x25),
    ...readCrtc(0x0e),
    ...readCrtc(0x0f),
    ...crtc(0x0a, 0x0d),
    ...crtc(0x0b, 0x0e),
    ...readCrtc(0x0a),
    ...readCrtc(0x0b),
    read(0x3cc),
    ...out(0x3c8, 0x10),
    ...out(0x3c9, 0x01, 0x02, 0x03),
    ...out(0x3c7, 0x10),
    read(0x3c9),
    read(0x3c9),
    read(0x3c9),
  ],
  'ATA: a sector, its registers, and a sector that is not there': [
    ...out(0x3f6, 0x02),
    ...lba(3, 0x20),
    read(0x1f7, 0x89),
    ...Array.from({ length: 3 }, () => read(0x1f2, 0x00)),
    read(0x1f6, 0xf0),
    ...lba(5, 0x40),
    read(0x1f7, 0x89),
    ...ata([[7, 0xff]]),
    read(0x1f7, 0x89),
    read(0x1f1),
  ],
};

describe('devices against those of v86', () => {
  const disk = new Uint8Array(2048 * 512).fill(0x5a);
  for (const [name, probes] of Object.entries(SUITES))
    it(name, { timeout: 30_000 }, async () => {
      const rom = makeProbeRom(probes);
      const [ours, theirs] = [
        decode(await onOurs(rom, disk), probes),
        decode(await onV86(rom, disk), probes),
      ];
      const hex = (values: readonly number[]): string =>
        values.map((v) => v.toString(16).padStart(2, '0')).join(' ');
      expect(ours.length).toBeGreaterThan(0);
      expect(hex(ours)).toBe(hex(theirs));
    });
});

import { A20Gate } from '../devices/a20-gate.ts';
import { AtaDisk } from '../devices/ata-disk.ts';
import type { BlockMedium } from '../devices/block-medium.ts';
import { CmosRtc } from '../devices/cmos-rtc.ts';
import { DebugConsole, DebugExit, PostPort } from '../devices/debug-ports.ts';
import type { Device } from '../devices/device.ts';
import { I8042 } from '../devices/i8042.ts';
import { IoApic } from '../devices/io-apic.ts';
import { LocalApic } from '../devices/local-apic.ts';
import type { MmioRegion } from '../devices/mmio.ts';
import { Pit8254 } from '../devices/pit8254.ts';
import { OpenRegion } from '../devices/rom.ts';
import { Uart16550 } from '../devices/uart16550.ts';
import { VgaText } from '../devices/vga-text.ts';
import { invariant } from '../invariant.ts';
import { Machine } from '../machine.ts';
import type { Platform, PlatformHost } from '../machine-api.ts';
import { joinLines, touching } from './lines.ts';

const Irq = { timer: 0, keyboard: 1, serial: 4, clock: 8, disk: 14 } as const;
/** ISA's IRQ 0 is at input 2 of the I/O APIC, as the multiprocessor table tells. */
const IO_APIC_INPUT_OF_TIMER = 2;

export interface PcOptions {
  readonly memoryBytes: number;
  /** ROMs and what else firmware puts over memory; they hide all other regions. */
  readonly roms: readonly MmioRegion[];
  readonly medium?: BlockMedium;
  readonly onSerial: (value: number) => void;
  readonly onDebug: (value: number) => void;
  readonly onPost: (value: number) => void;
  readonly postPort?: number;
  /** More devices, such as the firmware's own port. */
  readonly extraDevices?: readonly Device[];
}

/** A PC/AT with its devices at hand. */
export interface Pc {
  readonly machine: Machine;
  readonly keyboard: I8042;
  readonly serial: Uart16550;
  readonly vga: VgaText;
  readonly ioApic: IoApic;
}

/**
 * A PC: 8259 pair, 8254, 8042 with keyboard, CMOS clock, COM1, VGA text, local and I/O APIC, debug console,
 * isa-debug-exit, POST port, and a disk on the primary ATA channel where there is a medium. Ports and
 * addresses that nobody answers read as all ones. The machine is reset; nothing has run.
 */
export function makePc(options: PcOptions): Pc {
  let parts: Omit<Pc, 'machine'> | undefined;
  const machine = new Machine({
    memoryBytes: options.memoryBytes,
    openBus: true,
    platform: (host) => {
      const built = buildDevices(host, options);
      parts = built.parts;
      return built.platform;
    },
  });
  invariant(parts !== undefined, 'the machine makes its platform when it is made');
  return { machine, ...parts };
}

function buildDevices(
  host: PlatformHost,
  options: PcOptions,
): { readonly platform: Platform; readonly parts: Omit<Pc, 'machine'> } {
  const apic: LocalApic = new LocalApic({
    now: host.now,
    external: host.pic,
    onEndOfInterrupt: (vector) => ioApic.endOfInterrupt(vector),
    onUnsupported: host.unimplemented,
  });
  const ioApic = new IoApic({ bus: apic, onUnsupported: host.unimplemented });
  const line = (irq: number) =>
    joinLines([host.pic.line(irq), ioApic.line(irq === Irq.timer ? IO_APIC_INPUT_OF_TIMER : irq)]);
  const a20 = new A20Gate(host.setA20);
  const keyboard = new I8042({ line: line(Irq.keyboard), a20 });
  const vga = new VgaText();
  const record = host.recorder('serial');
  const serial = new Uart16550({
    line: line(Irq.serial),
    onEffect: (value) => {
      record(value);
      options.onSerial(value);
    },
  });
  const devices: Device[] = [
    new Pit8254({ line: line(Irq.timer) }),
    serial,
    keyboard,
    a20,
    new CmosRtc({
      line: line(Irq.clock),
      memoryBytes: options.memoryBytes,
      hasDisk: options.medium !== undefined,
    }),
    vga,
    apic,
    ioApic,
    new DebugConsole(options.onDebug),
    new DebugExit(),
    new PostPort(options.onPost, options.postPort ?? 0x80),
    ...(options.extraDevices ?? []),
  ];
  const { medium } = options;
  if (medium !== undefined)
    devices.push(new AtaDisk({ line: line(Irq.disk), medium, onEffect: host.recorder('block') }));
  const regions = [
    ...options.roms,
    vga,
    touching(apic, host.touched),
    touching(ioApic, host.touched),
    // Graphics memory and option ROMs, of which there are none.
    new OpenRegion(0xa0000, 0xb7fff),
    new OpenRegion(0xc0000, 0xeffff),
  ];
  return {
    platform: { devices, regions, interrupts: apic, hasLocalApic: true },
    parts: { keyboard, serial, vga, ioApic },
  };
}

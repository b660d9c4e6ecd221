import { Seg } from './cpu.ts';
import { BlockRole, type Exec, Insn, Rep, registerIndex, ZERO_REGISTER } from './insn.ts';

/** Why decoding gave no instruction. `overrun`: it goes on past the bytes given. */
export type DecodeFailure = 'overrun' | 'too-long';

const OVERRUN = { failure: 'overrun' } as const;
const TOO_LONG = { failure: 'too-long' } as const;
const LENGTH_MAX_BYTES = 15;

/** Reads the operands of one opcode and says which executor runs it. */
export type Build = (d: Decoder) => void;

/** Base and index registers of the 16-bit addressing forms (SDM vol. 2 table 2-1). */
const BASE_16 = [3, 3, 5, 5, ZERO_REGISTER, ZERO_REGISTER, 5, 3] as const;
const INDEX_16 = [6, 7, 6, 7, 6, 7, ZERO_REGISTER, ZERO_REGISTER] as const;

/** The bytes of one instruction, read from left to right into an `Insn`. One object serves for all. */
export class Decoder {
  private bytes: Uint8Array = new Uint8Array(0);
  private position = 0;
  private end = 0;
  private start = 0;
  insn: Insn = new Insn(() => {});
  /** Size of operands by CS.D and prefix 66h. */
  operandSize: 2 | 4 = 4;
  addressSize: 2 | 4 = 4;
  /** Segment prefix, or -1. */
  private segmentOverride = -1;
  /** The opcode's last byte. */
  opcode = 0;
  /** The middle field of ModRM: a register or a sub-operation. */
  regField = 0;
  /** The low field of ModRM, where it names a register. */
  rmField = 0;

  begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.position = start;
    this.end = end;
  }

  /** Bytes read so far. */
  get lengthBytes(): number {
    return this.position - this.start;
  }

  next8(): number {
    if (this.position - this.start >= LENGTH_MAX_BYTES) throw TOO_LONG;
    if (this.position >= this.end) throw OVERRUN;
    const byte = this.bytes[this.position] as number;
    this.position += 1;
    return byte;
  }

  nextSigned8(): number {
    return (this.next8() << 24) >> 24;
  }

  next16(): number {
    const low = this.next8();
    return low | (this.next8() << 8);
  }

  /** A signed 32-bit number. */
  next32(): number {
    const low = this.next16();
    return low | (this.next16() << 16);
  }

  /** An immediate of the size: unsigned for 1 and 2, signed for 4. */
  nextSized(sizeBytes: 1 | 2 | 4): number {
    if (sizeBytes === 4) return this.next32();
    return sizeBytes === 1 ? this.next8() : this.next16();
  }

  /** Takes prefixes; gives the first byte that is none. */
  prefixes(code32: boolean): number {
    const { insn } = this;
    let isOperandOverridden = false;
    let isAddressOverridden = false;
    this.segmentOverride = -1;
    for (;;) {
      const byte = this.next8();
      switch (byte) {
        case 0x26:
          this.segmentOverride = Seg.es;
          break;
        case 0x2e:
          this.segmentOverride = Seg.cs;
          break;
        case 0x36:
          this.segmentOverride = Seg.ss;
          break;
        case 0x3e:
          this.segmentOverride = Seg.ds;
          break;
        case 0x64:
          this.segmentOverride = Seg.fs;
          break;
        case 0x65:
          this.segmentOverride = Seg.gs;
          break;
        case 0x66:
          isOperandOverridden = true;
          break;
        case 0x67:
          isAddressOverridden = true;
          break;
        case 0xf0:
          insn.hasLock = true;
          break;
        case 0xf2:
          insn.rep = Rep.repne;
          break;
        case 0xf3:
          insn.rep = Rep.rep;
          break;
        default:
          this.operandSize = code32 !== isOperandOverridden ? 4 : 2;
          this.addressSize = code32 !== isAddressOverridden ? 4 : 2;
          this.hasOperandPrefix = isOperandOverridden;
          insn.size = this.operandSize;
          insn.addressMask = this.addressSize === 4 ? -1 : 0xffff;
          insn.segment = this.segmentOr(Seg.ds);
          return byte;
      }
    }
  }

  hasOperandPrefix = false;

  /** The segment prefix, or the default where there is none. */
  segmentOr(segment: number): number {
    return this.segmentOverride >= 0 ? this.segmentOverride : segment;
  }

  /** The instruction runs `exec` and is called `name`. */
  is(name: string, exec: Exec, role: BlockRole = BlockRole.inside): void {
    this.insn.name = name;
    this.insn.exec = exec;
    this.insn.role = role;
    this.insn.through = null;
  }

  /** The middle field of the ModRM byte that comes next, which is not taken. */
  regFieldAhead(): number {
    const byte = this.next8();
    this.position -= 1;
    return (byte >>> 3) & 7;
  }

  /** Reads ModRM and what follows it; both operands have the size. */
  modRm(sizeBytes: 1 | 2 | 4): void {
    const { insn } = this;
    const byte = this.next8();
    const mod = byte >>> 6;
    this.regField = (byte >>> 3) & 7;
    this.rmField = byte & 7;
    insn.size = sizeBytes;
    insn.reg = registerIndex(this.regField, sizeBytes);
    if (mod === 3) {
      insn.isMemory = false;
      insn.rm = registerIndex(this.rmField, sizeBytes);
      return;
    }
    insn.isMemory = true;
    if (this.addressSize === 4) this.address32(mod, this.rmField);
    else this.address16(mod, this.rmField);
  }

  private address32(mod: number, rm: number): void {
    const { insn } = this;
    insn.base = rm;
    if (rm === 4) {
      const sib = this.next8();
      insn.base = sib & 7;
      const index = (sib >>> 3) & 7;
      insn.index = index === 4 ? ZERO_REGISTER : index;
      insn.scale = index === 4 ? 0 : sib >>> 6;
    }
    if (mod === 0 && insn.base === 5) {
      insn.base = ZERO_REGISTER;
      insn.displacement = this.next32();
    } else if (mod === 1) insn.displacement = this.nextSigned8();
    else if (mod === 2) insn.displacement = this.next32();
    if (insn.base === 4 || insn.base === 5) insn.segment = this.segmentOr(Seg.ss);
  }

  private address16(mod: number, rm: number): void {
    const { insn } = this;
    insn.base = BASE_16[rm] as number;
    insn.index = INDEX_16[rm] as number;
    if (mod === 0 && rm === 6) {
      insn.base = ZERO_REGISTER;
      insn.displacement = this.next16();
      return;
    }
    if (mod === 1) insn.displacement = this.nextSigned8();
    else if (mod === 2) insn.displacement = this.next16();
    if (rm === 2 || rm === 3 || rm === 6) insn.segment = this.segmentOr(Seg.ss);
  }
}

/** Which failure a throw out of the decoder was; anything else is thrown on. */
export function decodeFailure(thrown: unknown): DecodeFailure {
  if (thrown === OVERRUN) return 'overrun';
  if (thrown === TOO_LONG) return 'too-long';
  throw thrown;
}

import { Alu } from '../alu.ts';
import { Seg } from '../cpu.ts';
import { Lazy } from '../flags.ts';
import { Form, type Insn } from '../insn.ts';
import { sizeMask } from '../operands.ts';
import type { BlockCode, Place, Size } from './block-code.ts';
import {
  addFlags,
  carryOf,
  conditionCode,
  type Flags,
  logicFlags,
  resultFlags,
  stepFlags,
  subFlags,
  withCarryFlags,
} from './flags-code.ts';

/** JavaScript for the instructions that compiled programs consist of, branches apart. */

/** What the compiler makes of an instruction; false where it leaves it to the interpreter. */
type Emit = (b: BlockCode, i: Insn) => boolean;

const masked = (expression: string, size: Size): string =>
  size === 4 ? `(${expression})|0` : `(${expression})&${sizeMask(size)}`;

/** The r/m operand's value. */
function readRm(b: BlockCode, i: Insn, size: Size = i.size): string {
  if (!i.isMemory) return b.constant(b.register(i.rm, size));
  return b.load(b.readable(b.address(i), i.segment, size), size);
}

/** The r/m operand's value, and where it is to be written back. */
function readForStore(b: BlockCode, i: Insn): { readonly value: string; readonly place: Place | null } {
  if (!i.isMemory) return { value: b.constant(b.register(i.rm, i.size)), place: null };
  const place = b.writable(b.address(i), i.segment, i.size);
  return { value: b.load(place, i.size), place };
}

function writeBack(b: BlockCode, i: Insn, place: Place | null, value: string): void {
  if (place === null) b.setRegister(i.rm, value, i.size);
  else b.store(place, value, i.size);
}

/** One of the eight operations; gives the result and the flags. ADC and SBB of 32 bits only. */
function operate(
  b: BlockCode,
  operation: number,
  left: string,
  right: string,
  size: Size,
): { readonly result: string; readonly flags: Flags } | null {
  switch (operation) {
    case Alu.add: {
      const result = b.constant(masked(`${left}+${right}`, size));
      return { result, flags: addFlags(left, right, result, size) };
    }
    case Alu.sub:
    case Alu.cmp: {
      const result = b.constant(masked(`${left}-${right}`, size));
      return { result, flags: subFlags(left, right, result, size) };
    }
    case Alu.adc:
    case Alu.sbb: {
      if (size !== 4) return null;
      const sign = operation === Alu.adc ? '+' : '-';
      const result = b.constant(`(${left}${sign}${right}${sign}${carryOf(b.flags)})|0`);
      const lazy = operation === Alu.adc ? Lazy.add : Lazy.sub;
      return { result, flags: withCarryFlags(lazy, left, right, result) };
    }
    default: {
      const sign = operation === Alu.or ? '|' : operation === Alu.and ? '&' : '^';
      const result = b.constant(`${left}${sign}${right}`);
      return { result, flags: logicFlags(result, size) };
    }
  }
}

/** Negative numbers in parentheses, so that they may follow an operator. */
const number = (value: number): string => (value < 0 ? `(${value})` : `${value}`);

const arithmetic: Emit = (b, i) => {
  const { size, extra: operation } = i;
  if ((operation === Alu.adc || operation === Alu.sbb) && size !== 4) return false;
  const isCompare = operation === Alu.cmp;
  if (i.form === Form.regRm) {
    const right = readRm(b, i);
    const left = b.constant(b.register(i.reg, size));
    const done = operate(b, operation, left, right, size);
    if (done === null) return false;
    if (!isCompare) b.setRegister(i.reg, done.result, size);
    b.flags = done.flags;
    return true;
  }
  const { value: left, place } = isCompare ? { value: readRm(b, i), place: null } : readForStore(b, i);
  const right = i.form === Form.rmImmediate ? number(i.immediate) : b.constant(b.register(i.reg, size));
  const done = operate(b, operation, left, right, size);
  if (done === null) return false;
  if (!isCompare) writeBack(b, i, place, done.result);
  b.flags = done.flags;
  return true;
};

const test: Emit = (b, i) => {
  const left = readRm(b, i);
  const right = i.form === Form.rmReg ? b.register(i.reg, i.size) : number(i.immediate);
  b.flags = logicFlags(b.constant(`${left}&${right}`), i.size);
  return true;
};

const step =
  (by: 1 | -1): Emit =>
  (b, i) => {
    const { value, place } = readForStore(b, i);
    const result = b.constant(masked(`${value}${by === 1 ? '+' : '-'}1`, i.size));
    writeBack(b, i, place, result);
    b.flags = stepFlags(by === 1 ? Lazy.inc : Lazy.dec, value, result, i.size, b.flags);
    return true;
  };

const negate: Emit = (b, i) => {
  const { value, place } = readForStore(b, i);
  const result = b.constant(masked(`0-${value}`, i.size));
  writeBack(b, i, place, result);
  b.flags = subFlags('0', value, result, i.size);
  return true;
};

const not: Emit = (b, i) => {
  const { value, place } = readForStore(b, i);
  writeBack(b, i, place, b.constant(masked(`~${value}`, i.size)));
  return true;
};

const move: Emit = (b, i) => {
  const { size } = i;
  if (i.form === Form.regRm) {
    b.setRegister(i.reg, readRm(b, i), size);
    return true;
  }
  if (i.form === Form.none) return false;
  if (!i.isMemory) {
    const value = i.form === Form.rmReg ? b.constant(b.register(i.reg, size)) : number(i.immediate);
    b.setRegister(i.rm, value, size);
    return true;
  }
  const place = b.writable(b.address(i), i.segment, size);
  b.store(place, i.form === Form.rmReg ? b.constant(b.register(i.reg, size)) : number(i.immediate), size);
  return true;
};

const lea: Emit = (b, i) => {
  if (i.size !== 4) return false;
  b.setRegister(i.reg, b.address(i), 4);
  return true;
};

/** MOVZX and MOVSX to 32 bits. */
const extend =
  (isSigned: boolean): Emit =>
  (b, i) => {
    if (i.extra !== 4) return false;
    const value = readRm(b, i);
    const shift = i.size === 1 ? 24 : 16;
    b.setRegister(i.reg, isSigned ? `(${value}<<${shift})>>${shift}` : value, 4);
    return true;
  };

/** Shifts of a 32-bit register or word by a constant. */
const shift =
  (kind: 'shl' | 'shr' | 'sar'): Emit =>
  (b, i) => {
    const count = i.immediate;
    if (i.form !== Form.rmImmediate || i.size !== 4 || count === 0) return false;
    const { value, place } = readForStore(b, i);
    const operator = { shl: '<<', shr: '>>>', sar: '>>' }[kind];
    const result = b.constant(`(${value}${operator}${count})|0`);
    const last = kind === 'shl' ? `${value}>>>${32 - count}` : `${value}>>>${count - 1}`;
    const carry = b.constant(`(${last})&1`);
    const overflow =
      kind === 'shl' ? `(${result}>>>31)^${carry}` : kind === 'shr' && count === 1 ? `${value}>>>31` : '0';
    writeBack(b, i, place, result);
    b.flags = resultFlags(result, carry, overflow);
    return true;
  };

/** IMUL with two or three operands, of 32 bits. */
const multiply: Emit = (b, i) => {
  if (i.form === Form.none || i.size !== 4) return false;
  const right = readRm(b, i);
  const left = i.form === Form.regRm ? b.constant(b.register(i.reg, 4)) : number(i.immediate);
  const result = b.constant(`Math.imul(${left},${right})`);
  b.setRegister(i.reg, result, 4);
  // The rounded product is the true one wherever it is so small that it could equal the result.
  const isWide = b.constant(`(${left}*${right}!==${result}?1:0)`);
  b.flags = resultFlags(result, isWide, isWide);
  return true;
};

const push: Emit = (b, i) => {
  if (i.size !== 4 || (i.form !== Form.rm && i.form !== Form.immediate)) return false;
  if (i.form === Form.immediate) b.push(number(i.immediate));
  else b.push(readRm(b, i));
  return true;
};

const pop: Emit = (b, i) => {
  if (i.size !== 4 || i.form !== Form.rm || i.isMemory) return false;
  const value = b.load(b.readable('r4', Seg.ss, 4), 4);
  b.line('r4=(r4+4)|0;');
  b.setRegister(i.rm, value, 4);
  return true;
};

const leave: Emit = (b, i) => {
  if (i.size !== 4) return false;
  const value = b.load(b.readable('r5', Seg.ss, 4), 4);
  b.line('r4=(r5+4)|0;');
  b.line(`r5=${value};`);
  return true;
};

const conditional: Emit = (b, i) => {
  const holds = conditionCode(i.extra, b.flags);
  if (i.name.startsWith('set')) {
    const value = b.constant(`${holds}?1:0`);
    if (!i.isMemory) b.setRegister(i.rm, value, 1);
    else b.store(b.writable(b.address(i), i.segment, 1), value, 1);
    return true;
  }
  if (i.size !== 4) return false;
  const value = readRm(b, i);
  b.line(`if(${holds})r${i.reg}=${value};`);
  return true;
};

const exchange: Emit = (b, i) => {
  if (i.isMemory || i.size !== 4) return false;
  const value = b.constant(b.register(i.rm, 4));
  b.setRegister(i.rm, b.register(i.reg, 4), 4);
  b.setRegister(i.reg, value, 4);
  return true;
};

const nothing: Emit = () => true;

const always =
  (line: string): Emit =>
  (b) => {
    b.line(line);
    return true;
  };

const EMITTERS: ReadonlyMap<string, Emit> = new Map<string, Emit>([
  ...(['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'] as const).map((name): [string, Emit] => [
    name,
    arithmetic,
  ]),
  ['test', test],
  ['inc', step(1)],
  ['dec', step(-1)],
  ['neg', negate],
  ['not', not],
  ['mov', move],
  ['lea', lea],
  ['movzx', extend(false)],
  ['movsx', extend(true)],
  ['shl', shift('shl')],
  ['sal', shift('shl')],
  ['shr', shift('shr')],
  ['sar', shift('sar')],
  ['imul', multiply],
  ['push', push],
  ['pop', pop],
  ['leave', leave],
  ['xchg', exchange],
  ['nop', nothing],
  ['cdq', always('r2=r0>>31;')],
  ['cwde', always('r0=(r0<<16)>>16;')],
]);

const isConditional = (name: string): boolean => name.startsWith('set') || name.startsWith('cmov');

/** Whether the compiler may take it at all; `emitInsn` may still say no. */
const isPlain = (i: Insn): boolean => i.addressMask === -1 && !i.hasLock && i.rep === 0;

/** Writes the instruction. False: it has written nothing that counts, and the interpreter must do it. */
export function emitInsn(b: BlockCode, i: Insn): boolean {
  if (!isPlain(i)) return false;
  const emit = isConditional(i.name) ? conditional : EMITTERS.get(i.name);
  return emit?.(b, i) ?? false;
}

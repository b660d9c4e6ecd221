import { Lazy } from '../flags.ts';

/**
 * The status flags in compiled code. Between two blocks they are in the locals lz, fl, fr, fv, fs and fg, which are
 * the processor's `lazy`, `flagLeft`, `flagRight`, `flagResult`, `flagSign` and `flags`. Within a block they are
 * known from constants of the instruction that set them, and put into the locals only where somebody may look.
 */
export interface Flags {
  readonly lazy: number;
  readonly left: string;
  readonly right: string;
  readonly result: string;
  readonly sizeBytes: 1 | 2 | 4;
  /** An expression for `flags`, where the instruction changes it. */
  readonly flags: string | null;
  /** CF, as an expression of 0 or 1. */
  readonly carry: string;
  /** No carry came in: left and right alone decide the comparison. */
  readonly isPlain: boolean;
}

/** Null: the flags are in the locals. */
export type KnownFlags = Flags | null;

/** What a generated function is given to ask of flags in the locals; see `flags-runtime.ts`. */
export const carryOf = (known: KnownFlags): string => known?.carry ?? 'cfOf(lz,fl,fr,fv,fs,fg)';

const signBit = (f: Flags): number => f.sizeBytes * 8 - 1;

/** Statements that put known flags into the locals. */
export function settle(known: KnownFlags): string {
  if (known === null) return '';
  const fg = known.flags === null ? '' : `fg=${known.flags};`;
  return `${fg}lz=${known.lazy};fl=${known.left};fr=${known.right};fv=${known.result};fs=${signBit(known)};`;
}

export function addFlags(left: string, right: string, result: string, sizeBytes: 1 | 2 | 4): Flags {
  const carry =
    sizeBytes === 4 ? `((${result}>>>0)<(${left}>>>0)?1:0)` : `(((${left}+${right})>>>${sizeBytes * 8})&1)`;
  return { lazy: Lazy.add, left, right, result, sizeBytes, flags: null, carry, isPlain: false };
}

export function logicFlags(result: string, sizeBytes: 1 | 2 | 4): Flags {
  return {
    lazy: Lazy.add,
    left: result,
    right: '0',
    result,
    sizeBytes,
    flags: null,
    carry: '0',
    isPlain: false,
  };
}

export function subFlags(left: string, right: string, result: string, sizeBytes: 1 | 2 | 4): Flags {
  const carry = `((${left}>>>0)<(${right}>>>0)?1:0)`;
  return { lazy: Lazy.sub, left, right, result, sizeBytes, flags: null, carry, isPlain: true };
}

/** ADC and SBB. */
export function withCarryFlags(lazy: number, left: string, right: string, result: string): Flags {
  const [a, b, r] = [left, right, result];
  const carry =
    lazy === Lazy.add
      ? `(((${a}&${b})|((${a}|${b})&~${r}))>>>31)`
      : `(((~${a}&${b})|((~${a}|${b})&${r}))>>>31)`;
  return { lazy, left, right, result, sizeBytes: 4, flags: null, carry, isPlain: false };
}

/** INC and DEC: CF is that of what came before. */
export function stepFlags(
  lazy: number,
  left: string,
  result: string,
  sizeBytes: 1 | 2 | 4,
  before: KnownFlags,
): Flags {
  const carry = carryOf(before);
  const flags = `(fg&-2)|${carry}`;
  return { lazy, left, right: '1', result, sizeBytes, flags, carry, isPlain: false };
}

/** Shifts and multiplications: CF and OF are given, AF is 0. */
export function resultFlags(result: string, carry: string, overflow: string): Flags {
  const flags = `(fg&-2066)|${carry}|((${overflow})<<11)`;
  return { lazy: Lazy.result, left: '0', right: '0', result, sizeBytes: 4, flags, carry, isPlain: false };
}

function overflowOf(f: Flags): string {
  const { left: a, right: b, result: r } = f;
  if (f.lazy === Lazy.result) return `(((${f.flags})>>>11)&1)`;
  if (f.lazy === Lazy.add || f.lazy === Lazy.inc) return `((((${a}^${r})&(${b}^${r}))>>>${signBit(f)})&1)`;
  return `((((${a}^${b})&(${a}^${r}))>>>${signBit(f)})&1)`;
}

function holds(kind: number, f: Flags): string {
  const { left, right, result } = f;
  const zero = `(${result}===0)`;
  const sign = f.sizeBytes === 4 ? `(${result}<0)` : `(((${result}>>>${signBit(f)})&1)!==0)`;
  const compares = f.isPlain && f.sizeBytes === 4;
  const less = compares ? `(${left}<${right})` : `(${sign}!==(${overflowOf(f)}!==0))`;
  switch (kind) {
    case 0:
      return `(${overflowOf(f)}!==0)`;
    case 1:
      return `(${f.carry}!==0)`;
    case 2:
      return zero;
    case 3:
      return f.isPlain ? `((${left}>>>0)<=(${right}>>>0))` : `(${zero}||${f.carry}!==0)`;
    case 4:
      return sign;
    case 5:
      return `(parity[${result}&255]!==0)`;
    case 6:
      return less;
    default:
      return compares ? `(${left}<=${right})` : `(${zero}||${less})`;
  }
}

/** A boolean expression for condition code `code`. */
export function conditionCode(code: number, known: KnownFlags): string {
  if (known === null) return `condition(${code},lz,fl,fr,fv,fs,fg)`;
  return (code & 1) === 0 ? holds(code >>> 1, known) : `(!${holds(code >>> 1, known)})`;
}

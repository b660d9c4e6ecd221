/** What an instruction of the assembler is given: registers by name, numbers, memory, labels and symbols. */

const REGISTER_NAMES = [
  ...['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'],
  ...['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'],
  ...['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'],
  ...['es', 'cs', 'ss', 'ds', 'fs', 'gs'],
  ...['cr0', 'cr2', 'cr3', 'cr4'],
  ...['dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7'],
] as const;

export type Register32 = 'eax' | 'ecx' | 'edx' | 'ebx' | 'esp' | 'ebp' | 'esi' | 'edi';
export type Register16 = 'ax' | 'cx' | 'dx' | 'bx' | 'sp' | 'bp' | 'si' | 'di';
export type Register8 = 'al' | 'cl' | 'dl' | 'bl' | 'ah' | 'ch' | 'dh' | 'bh';
export type SegmentRegister = 'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs';
export type SystemRegister = 'cr0' | 'cr2' | 'cr3' | 'cr4' | 'dr0' | 'dr1' | 'dr2' | 'dr3' | 'dr6' | 'dr7';
export type RegisterName = Register32 | Register16 | Register8 | SegmentRegister | SystemRegister;

const registerNames: ReadonlySet<string> = new Set(REGISTER_NAMES);
export const isRegisterName = (name: string): name is RegisterName => registerNames.has(name);

/** The value of a symbol, known when the program is laid out: `symbol + offset`, less `minus` where given. */
export interface SymbolValue {
  readonly kind: 'symbol';
  readonly symbol: string;
  readonly offset: number;
  readonly minus?: string;
}

export interface MemoryOperand {
  readonly kind: 'memory';
  /** Size of the datum in bytes; 0 where the instruction does not say (LEA, LGDT, far pointers). */
  readonly sizeBytes: 0 | 1 | 2 | 4;
  readonly base?: Register32 | Register16;
  readonly index?: Register32 | Register16;
  readonly scale: 1 | 2 | 4 | 8;
  readonly displacement: number | SymbolValue;
  readonly segment?: SegmentRegister;
}

export interface FarPointer {
  readonly kind: 'far';
  readonly selector: number;
  readonly offset: number | SymbolValue;
}

/** A string is a register's name or, where the instruction branches, a label. */
export type Operand = RegisterName | number | SymbolValue | MemoryOperand | FarPointer | (string & {});

export interface MemoryOptions {
  readonly base?: Register32 | Register16;
  readonly index?: Register32 | Register16;
  readonly scale?: 1 | 2 | 4 | 8;
  readonly displacement?: number | SymbolValue;
  readonly segment?: SegmentRegister;
}

const memory =
  (sizeBytes: MemoryOperand['sizeBytes']) =>
  (options: MemoryOptions): MemoryOperand => ({
    kind: 'memory',
    sizeBytes,
    scale: options.scale ?? 1,
    displacement: options.displacement ?? 0,
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.index === undefined ? {} : { index: options.index }),
    ...(options.segment === undefined ? {} : { segment: options.segment }),
  });

/** Memory operands: `mem.dword({ base: 'ebx', displacement: 4 })`. */
export const mem = {
  byte: memory(1),
  word: memory(2),
  dword: memory(4),
  /** For instructions that do not name a size: LEA, LGDT, INVLPG, CMPXCHG8B, far pointers in memory. */
  any: memory(0),
} as const;

export const far = (selector: number, offset: number | SymbolValue): FarPointer => ({
  kind: 'far',
  selector,
  offset,
});

const SIZE_WORDS = { 0: '', 1: 'byte ', 2: 'word ', 4: 'dword ' } as const;

const formatNumber = (value: number): string =>
  Math.abs(value) < 10 ? `${value}` : value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;

export function formatSymbol(value: SymbolValue): string {
  const offset = value.offset === 0 ? '' : value.offset < 0 ? `${value.offset}` : `+${value.offset}`;
  return `${value.symbol}${offset}${value.minus === undefined ? '' : `-${value.minus}`}`;
}

const formatValue = (value: number | SymbolValue): string =>
  typeof value === 'number' ? formatNumber(value) : formatSymbol(value);

/** The operand as the listing prints it. */
export function formatOperand(operand: Operand): string {
  if (typeof operand === 'string') return operand;
  if (typeof operand === 'number' || operand.kind === 'symbol') return formatValue(operand);
  if (operand.kind === 'far') return `${formatNumber(operand.selector)}:${formatValue(operand.offset)}`;
  const { base, index, scale, displacement, segment } = operand;
  const terms: string[] = [];
  if (base !== undefined) terms.push(base);
  if (index !== undefined) terms.push(scale === 1 ? index : `${index}*${scale}`);
  if (terms.length === 0 || displacement !== 0) terms.push(formatValue(displacement));
  const sum = terms.join('+').replaceAll('+-', '-');
  return `${SIZE_WORDS[operand.sizeBytes]}[${segment === undefined ? '' : `${segment}:`}${sum}]`;
}

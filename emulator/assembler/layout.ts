/**
 * Puts a program's items at addresses. Branches begin short and grow to near where their target is out of
 * reach, until nothing changes; a branch never shrinks again, so that this ends. Everything else has a length
 * that hangs on no symbol's value.
 */
import { unreachable } from '../invariant.ts';
import { AssemblyError } from './assembly-error.ts';
import { encode, formatStatement, type Statement } from './encoder.ts';
import { branchingOf, type ResolvedOperand } from './forms.ts';
import type { Bits } from './mnemonics.ts';
import { isRegisterName, type Operand, type SymbolValue } from './operands.ts';

export interface StatementItem {
  readonly kind: 'statement';
  readonly statement: Statement;
  readonly bits: Bits;
  isNear: boolean;
  /** Known lengths in bytes, short and near; −1 while unknown. */
  shortBytes: number;
  nearBytes: number;
  /** The bytes, where they hang neither on a symbol nor on the address. */
  fixed?: Uint8Array;
}
export interface DataItem {
  readonly kind: 'data';
  /** The bytes, symbols as zero. */
  readonly bytes: Uint8Array;
  readonly fixups: readonly { readonly at: number; readonly sizeBytes: 2 | 4; readonly value: SymbolValue }[];
  readonly source: string;
}
export type Item =
  | StatementItem
  | DataItem
  | { readonly kind: 'label'; readonly name: string }
  | { readonly kind: 'reserve'; readonly lengthBytes: number }
  | { readonly kind: 'align'; readonly toBytes: number; readonly fill: number };

export interface Section {
  readonly name: string;
  /** Undefined: at the page after the section before. */
  readonly address: number | undefined;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly items: Item[];
}

export interface PlacedItem {
  readonly item: Item;
  readonly address: number;
  readonly lengthBytes: number;
}

export interface PlacedSection {
  readonly section: Section;
  readonly address: number;
  readonly lengthBytes: number;
  readonly items: readonly PlacedItem[];
}

const PAGE_BYTES = 4096;
const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

export type Symbols = Map<string, number>;

/** Places the sections; `symbols` has the defined constants and gets the labels. */
export function placeSections(
  sections: readonly Section[],
  origin: number,
  symbols: Symbols,
): PlacedSection[] {
  for (;;) {
    const placed: PlacedSection[] = [];
    let next = origin;
    for (const section of sections) {
      const address = section.address ?? next;
      const result = placeSection(section, address, symbols);
      placed.push(result);
      next = alignUp(address + result.lengthBytes, PAGE_BYTES);
    }
    if (!growBranches(placed, symbols)) return placed;
  }
}

function placeSection(section: Section, start: number, symbols: Symbols): PlacedSection {
  let address = start;
  const items: PlacedItem[] = [];
  for (const item of section.items) {
    const lengthBytes = lengthOf(item, address);
    items.push({ item, address, lengthBytes });
    if (item.kind === 'label') symbols.set(item.name, address);
    address += lengthBytes;
  }
  if (address > 2 ** 32) throw new AssemblyError('out-of-range', `section ${section.name} ends above 4 GiB`);
  return { section, address: start, lengthBytes: address - start, items };
}

function lengthOf(item: Item, address: number): number {
  switch (item.kind) {
    case 'label':
      return 0;
    case 'data':
      return item.bytes.length;
    case 'reserve':
      return item.lengthBytes;
    case 'align':
      return alignUp(address, item.toBytes) - address;
    case 'statement': {
      if (item.isNear) {
        if (item.nearBytes < 0) item.nearBytes = measure(item, address);
        return item.nearBytes;
      }
      if (item.shortBytes < 0) item.shortBytes = measure(item, address);
      return item.shortBytes;
    }
    default:
      return unreachable(item);
  }
}

/** Length of a statement, a branch taken to go to itself and any other symbol to be 0. */
function measure(item: StatementItem, address: number): number {
  const operands = resolveOperands(item, () => 0).map((operand) =>
    operand.kind === 'branch' ? { ...operand, target: address } : operand,
  );
  const bytes = encode(item.statement, operands, address, item.bits);
  if (item.statement.operands.every(isConstant) && operands.every(({ kind }) => kind !== 'branch'))
    item.fixed = bytes;
  return bytes.length;
}

/** Whether an operand is the same whatever symbols are worth. */
function isConstant(operand: Operand): boolean {
  if (typeof operand !== 'object') return true;
  if (operand.kind === 'memory') return typeof operand.displacement === 'number';
  return operand.kind === 'far' && typeof operand.offset === 'number';
}

/** The bytes of a placed statement. */
export function encodeStatement(item: StatementItem, address: number, symbols: Symbols): Uint8Array {
  const { statement, bits } = item;
  return item.fixed ?? encode(statement, resolveOperands(item, lookup(symbols, statement)), address, bits);
}

/** Makes near what is out of a short branch's reach; whether there was anything. */
function growBranches(sections: readonly PlacedSection[], symbols: Symbols): boolean {
  let grew = false;
  for (const { items } of sections) {
    for (const { item, address, lengthBytes } of items) {
      if (item.kind !== 'statement' || item.isNear || item.fixed !== undefined) continue;
      const { mnemonic } = item.statement;
      const first = resolveOperands(item, lookup(symbols, item.statement))[0];
      if (first?.kind !== 'branch') continue;
      const distance = (first.target - (address + lengthBytes)) | 0;
      if (distance >= -128 && distance <= 127) continue;
      if (branchingOf(mnemonic, item.bits).reach === 'short')
        throw new AssemblyError(
          'out-of-range',
          `${formatStatement(item.statement)}: the target is ${distance} bytes away; ${mnemonic} reaches 127`,
        );
      item.isNear = true;
      grew = true;
    }
  }
  return grew;
}

/** A function that gives symbols their values and says which statement or datum asked for an unknown one. */
export const lookup =
  (symbols: Symbols, where: Statement | string) =>
  (name: string): number => {
    const value = symbols.get(name);
    if (value !== undefined) return value;
    const text = typeof where === 'string' ? where : formatStatement(where);
    throw new AssemblyError('unknown-symbol', `${text}: there is no label or constant '${name}'`);
  };

export const symbolValue = (value: SymbolValue, find: (name: string) => number): number =>
  find(value.symbol) + value.offset - (value.minus === undefined ? 0 : find(value.minus));

/** The statement's operands with symbols replaced by what `find` gives. */
export function resolveOperands(
  item: StatementItem,
  find: (name: string) => number,
): readonly ResolvedOperand[] {
  const { statement, bits } = item;
  const { reach, hasShort } = branchingOf(statement.mnemonic, bits);
  const isShort = !item.isNear && hasShort;
  return statement.operands.map(
    (operand): ResolvedOperand => resolve(operand, { reach, isShort, find, statement }),
  );
}

interface Resolution {
  readonly reach: 'none' | 'short' | 'near';
  readonly isShort: boolean;
  readonly find: (name: string) => number;
  readonly statement: Statement;
}

function resolve(operand: Operand, { reach, isShort, find, statement }: Resolution): ResolvedOperand {
  if (typeof operand === 'string') {
    if (isRegisterName(operand)) return { kind: 'register', name: operand };
    if (reach !== 'none') return { kind: 'branch', target: find(operand), isShort };
    throw new AssemblyError(
      'bad-operands',
      `${formatStatement(statement)}: '${operand}' is no register; a label's address is addressOf('${operand}')`,
    );
  }
  if (typeof operand === 'number') {
    if (!Number.isInteger(operand))
      throw new AssemblyError('out-of-range', `${formatStatement(statement)}: ${operand} is no integer`);
    if (reach !== 'none') return { kind: 'branch', target: operand, isShort };
    return { kind: 'immediate', value: operand, isFixed: false };
  }
  switch (operand.kind) {
    case 'symbol': {
      const value = symbolValue(operand, find);
      if (reach !== 'none') return { kind: 'branch', target: value, isShort };
      return { kind: 'immediate', value, isFixed: true };
    }
    case 'far': {
      const { selector, offset } = operand;
      return {
        kind: 'far',
        selector,
        offset: typeof offset === 'number' ? offset : symbolValue(offset, find),
      };
    }
    case 'memory': {
      const { displacement } = operand;
      const isFixed = typeof displacement !== 'number';
      return {
        kind: 'memory',
        memory: operand,
        displacement: isFixed ? symbolValue(displacement, find) : displacement,
        isFixed,
      };
    }
    default:
      return unreachable(operand);
  }
}

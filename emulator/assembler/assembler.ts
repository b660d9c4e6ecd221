import type { GuestImage, ListingLine } from '../guest-image.ts';
import { AssemblyError } from './assembly-error.ts';
import type { Prefix } from './encoder.ts';
import { checkOverlaps, checkRange, encodeSection } from './image.ts';
import { InstructionSet } from './instructions.ts';
import { lookup, placeSections, type Section, type Symbols } from './layout.ts';
import type { Bits } from './mnemonics.ts';
import { formatSymbol, isRegisterName, type Operand, type SymbolValue } from './operands.ts';

export interface AssemblerOptions {
  /** Linear address of the first section, which is `text` until `section` says otherwise. */
  readonly origin: number;
  readonly bits?: Bits;
  /** Label of the first instruction: `_start` where there is one, else the first executable section. */
  readonly entry?: string;
}

export interface SectionOptions {
  /** Absent: the page after the section before. */
  readonly address?: number;
  readonly writable?: boolean;
  readonly executable?: boolean;
}

/**
 * Builds a guest program from instructions, labels and data:
 *
 *     const a = new Assembler({ origin: 0x08048000 });
 *     a.label('_start').mov('eax', 4).mov('ecx', a.addressOf('text')).int(0x80);
 *     a.section('data').label('text').bytes('Hello');
 *     const image = a.assemble();
 *
 * Sections are named; `text` is executable, others are writable unless told otherwise; zeros at a section's
 * end take no bytes of the image. Labels may be used before they are defined. A label that begins with a dot
 * belongs to the last one that does not, so that `.loop` may be used in every routine.
 */
export class Assembler extends InstructionSet {
  private readonly origin: number;
  private readonly entry: string | undefined;
  private readonly sections: Section[] = [];
  private readonly defined = new Set<string>();
  private readonly constants: Symbols = new Map();
  private current: Section;
  private mode: Bits;
  /** The last label without a dot. */
  private scope = '';

  constructor(options: AssemblerOptions) {
    super();
    this.origin = options.origin;
    this.entry = options.entry;
    this.mode = options.bits ?? 32;
    this.current = this.openSection('text', {});
  }

  /** Goes on in the named section, which is made where it is new. Options count at its first mention. */
  section(name: string, options: SectionOptions = {}): this {
    const known = this.sections.find((section) => section.name === name);
    const isBare =
      this.sections.length === 1 && this.current.items.length === 0 && this.current.name === 'text';
    if (known === undefined) this.current = this.openSection(name, options);
    else if (Object.keys(options).length === 0) this.current = known;
    else if (isBare && known === this.current) {
      this.sections.pop();
      this.current = this.openSection(name, options);
    } else throw new AssemblyError('bad-section', `section ${name} has been placed already`);
    return this;
  }

  /** Changes between 16- and 32-bit code from here on. */
  bits(bits: Bits): this {
    this.mode = bits;
    return this;
  }

  label(name: string): this {
    const full = this.qualify(name);
    if (!name.startsWith('.')) this.scope = name;
    this.define(full);
    this.current.items.push({ kind: 'label', name: full });
    return this;
  }

  /** Names a number, which can then be used as a label is. */
  constant(name: string, value: number): this {
    this.define(name);
    this.constants.set(name, value);
    return this;
  }

  /** The address of a label (plus `offset` bytes), for an operand or for data. It may be defined later. */
  addressOf(label: string, offset = 0): SymbolValue {
    return { kind: 'symbol', symbol: this.qualify(label), offset };
  }

  /** The distance in bytes from one label to another: a string's length, for instance. */
  distance(from: string, to: string): SymbolValue {
    return { kind: 'symbol', symbol: this.qualify(to), offset: 0, minus: this.qualify(from) };
  }

  emit(mnemonic: string, ...operands: readonly Operand[]): this {
    return this.append(undefined, mnemonic, operands);
  }

  /** Bytes as they are; a string is written as UTF-8 without a terminator. */
  bytes(...parts: readonly (string | number | Uint8Array)[]): this {
    const bytes = parts.flatMap((part) => {
      if (typeof part === 'string') return [...new TextEncoder().encode(part)];
      if (typeof part !== 'number') return [...part];
      return [checkRange(part, 1)];
    });
    const source = `db ${parts.map((part) => (part instanceof Uint8Array ? `${part.length} bytes` : JSON.stringify(part))).join(', ')}`;
    this.current.items.push({ kind: 'data', bytes: Uint8Array.from(bytes), fixups: [], source });
    return this;
  }

  words(...values: readonly (number | SymbolValue)[]): this {
    return this.data(2, values);
  }

  dwords(...values: readonly (number | SymbolValue)[]): this {
    return this.data(4, values);
  }

  /** `lengthBytes` zeros. */
  reserve(lengthBytes: number): this {
    this.current.items.push({ kind: 'reserve', lengthBytes });
    return this;
  }

  /** Fills up to the next multiple of `toBytes`, a power of two. */
  align(toBytes: number, fill = this.current.executable ? 0x90 : 0): this {
    if (toBytes < 1 || (toBytes & (toBytes - 1)) !== 0)
      throw new AssemblyError('bad-operands', `align ${toBytes}: not a power of two`);
    this.current.items.push({ kind: 'align', toBytes, fill });
    return this;
  }

  /**
   * The finished program.
   * @throws AssemblyError for an unknown symbol, operands that no instruction takes, a value out of range,
   * sections that overlap, or a program without content.
   */
  assemble(): GuestImage {
    const symbols: Symbols = new Map(this.constants);
    const placed = placeSections(this.sections, this.origin, symbols).filter((s) => s.lengthBytes > 0);
    const [first] = placed;
    if (first === undefined) throw new AssemblyError('bad-section', 'the program is empty');
    checkOverlaps(placed);
    const listing: ListingLine[] = [];
    const segments = placed
      .map((section) => encodeSection(section, symbols, listing))
      .sort((a, b) => a.linearAddress - b.linearAddress);
    const code = placed.find((s) => s.section.executable) ?? first;
    const start = this.entry ?? (symbols.has('_start') ? '_start' : undefined);
    const entry = start === undefined ? code.address : lookup(symbols, 'entry point')(start);
    return { entry, segments, symbols, listing };
  }

  protected emitPrefixed(prefix: Prefix, mnemonic: string, operands: readonly Operand[]): this {
    return this.append(prefix, mnemonic, operands);
  }

  private append(prefix: Prefix | undefined, mnemonic: string, operands: readonly Operand[]): this {
    const qualified = operands.map((operand) =>
      typeof operand === 'string' ? this.qualify(operand) : operand,
    );
    const statement = { prefix, mnemonic, operands: qualified };
    this.current.items.push({
      kind: 'statement',
      statement,
      bits: this.mode,
      isNear: false,
      shortBytes: -1,
      nearBytes: -1,
    });
    return this;
  }

  private data(sizeBytes: 2 | 4, values: readonly (number | SymbolValue)[]): this {
    const bytes = new Uint8Array(values.length * sizeBytes);
    const view = new DataView(bytes.buffer);
    const fixups: { at: number; sizeBytes: 2 | 4; value: SymbolValue }[] = [];
    values.forEach((value, index) => {
      const at = index * sizeBytes;
      if (typeof value !== 'number') fixups.push({ at, sizeBytes, value });
      else if (sizeBytes === 2) view.setUint16(at, checkRange(value, 2), true);
      else view.setUint32(at, checkRange(value, 4), true);
    });
    const shown = values.map((value) => (typeof value === 'number' ? `${value}` : formatSymbol(value)));
    const source = `${sizeBytes === 2 ? 'dw' : 'dd'} ${shown.join(', ')}`;
    this.current.items.push({ kind: 'data', bytes, fixups, source });
    return this;
  }

  private openSection(name: string, options: SectionOptions): Section {
    const section: Section = {
      name,
      address: options.address,
      writable: options.writable ?? name !== 'text',
      executable: options.executable ?? name === 'text',
      items: [],
    };
    this.sections.push(section);
    return section;
  }

  private qualify(name: string): string {
    return name.startsWith('.') ? `${this.scope}${name}` : name;
  }

  private define(name: string): void {
    if (isRegisterName(name))
      throw new AssemblyError('duplicate-symbol', `'${name}' is a register and cannot be a label`);
    if (this.defined.has(name))
      throw new AssemblyError('duplicate-symbol', `label or constant '${name}' is defined twice`);
    this.defined.add(name);
  }
}

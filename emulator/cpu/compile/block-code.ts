import type { Block } from '../block.ts';
import { Seg } from '../cpu.ts';
import { type Insn, ZERO_REGISTER } from '../insn.ts';
import { type KnownFlags, settle } from './flags-code.ts';

export type Size = 1 | 2 | 4;

/** What all blocks of a region share. */
export interface Uses {
  /** Segments that are read and written through. */
  readonly read: Set<number>;
  readonly write: Set<number>;
  /** Stores are recorded in the log. */
  readonly isLogged: boolean;
}

/** The place of an access whose checks have been written: names of constants. */
export interface Place {
  readonly physical: string;
}

/**
 * The code of one block while it is written. An instruction whose fast path does not do leaves the function before
 * it has changed anything (`giveUp`), and the interpreter goes on with it; so compiled code never faults.
 */
export class BlockCode {
  readonly block: Block;
  /** Index of the block in its region. */
  readonly index: number;
  flags: KnownFlags = null;
  private readonly lines: string[] = [];
  private temporaries = 0;
  /** Instructions before the one that is being written. */
  private position = 0;
  private readonly uses: Uses;

  constructor(block: Block, index: number, uses: Uses) {
    this.block = block;
    this.index = index;
    this.uses = uses;
  }

  get text(): string {
    return this.lines.join('\n');
  }

  line(text: string): void {
    this.lines.push(text);
  }

  begin(position: number): void {
    this.position = position;
  }

  /** A new constant; gives its name. */
  constant(expression: string): string {
    this.temporaries += 1;
    const name = `t${this.index}_${this.temporaries}`;
    this.line(`const ${name}=${expression};`);
    return name;
  }

  /** Leaves for the interpreter before the instruction at hand. */
  giveUp(): string {
    const { position } = this;
    return `{${settle(this.flags)}left=left-${position}|0;x=${this.index * 64 + position};break L;}`;
  }

  /** The value of a register: unsigned for sizes 1 and 2. */
  register(index: number, size: Size): string {
    if (size === 4) return index === ZERO_REGISTER ? '0' : `r${index}`;
    if (size === 2) return `(r${index >>> 1}&65535)`;
    return (index & 1) === 0 ? `(r${index >>> 2}&255)` : `((r${index >>> 2}>>>8)&255)`;
  }

  /** `value` has no bits beyond the size, but for size 4. */
  setRegister(index: number, value: string, size: Size): void {
    if (size === 4) this.line(`r${index}=${value};`);
    else if (size === 2) this.line(`r${index >>> 1}=(r${index >>> 1}&-65536)|${value};`);
    else if ((index & 1) === 0) this.line(`r${index >>> 2}=(r${index >>> 2}&-256)|${value};`);
    else this.line(`r${index >>> 2}=(r${index >>> 2}&-65281)|(${value}<<8);`);
  }

  /** The effective address of the memory operand. */
  address(i: Insn): string {
    const terms: string[] = [];
    if (i.base !== ZERO_REGISTER) terms.push(`r${i.base}`);
    if (i.index !== ZERO_REGISTER) terms.push(i.scale === 0 ? `r${i.index}` : `(r${i.index}<<${i.scale})`);
    if (i.displacement !== 0 || terms.length === 0) terms.push(`${i.displacement | 0}`);
    return `(${terms.join('+')})|0`;
  }

  private access(address: string, segment: number, size: Size, isWrite: boolean): string {
    (isWrite ? this.uses.write : this.uses.read).add(segment);
    const at = this.constant(address);
    const entry = this.constant(`tlb[${at}>>>12]`);
    const need = isWrite ? 'wn' : 'rn';
    const unaligned = size === 1 ? '' : `||(${at}&${size - 1})!==0`;
    const store = isWrite ? `||(${entry}>>>12)===cp||ll>=lm` : '';
    this.line(`if((${entry}&${need})!==${need}${unaligned}${store})${this.giveUp()}`);
    return this.constant(`(${entry}&-4096)|(${at}&4095)`);
  }

  /** Checks of a load. */
  readable(address: string, segment: number, size: Size): Place {
    return { physical: this.access(address, segment, size, false) };
  }

  /** Checks of a store, or of a read-modify-write. */
  writable(address: string, segment: number, size: Size): Place {
    return { physical: this.access(address, segment, size, true) };
  }

  load({ physical }: Place, size: Size): string {
    const w = this.constant(`${physical}>>>2`);
    this.line(`if(stamp[${w}]!==run)nvm.noteRead(${w});`);
    if (size === 4) return this.constant(`words[${w}]`);
    return this.constant(size === 1 ? `bytes[${physical}]` : `halves[${physical}>>>1]`);
  }

  /** `value` is a name or a number; only its low bits count. */
  store({ physical }: Place, value: string, size: Size): void {
    const w = this.constant(`${physical}>>>2`);
    if (size === 4) this.line(`stamp[${w}]=run;`);
    else this.line(`if(stamp[${w}]!==run)nvm.noteRead(${w});`);
    const old = this.constant(`words[${w}]`);
    let word = value;
    if (size !== 4) {
      const mask = size === 1 ? 255 : 65535;
      const shift = this.constant(`(${physical}&${size === 1 ? 3 : 2})<<3`);
      word = this.constant(`(${old}&~(${mask}<<${shift}))|((${value}&${mask})<<${shift})`);
    }
    this.line(
      this.uses.isLogged
        ? `logColumns[ll]=${physical};logColumns[ll+c1]=${old};logColumns[ll+c2]=${word};logMeta[ll]=${size}|og;ll=ll+1|0;`
        : 'stores=stores+1|0;',
    );
    this.line(`if(${old}!==${word})nvm.setWord(${w},${word});`);
  }

  push(value: string): void {
    const top = this.constant('(r4-4)|0');
    const place = this.writable(top, Seg.ss, 4);
    this.store(place, value, 4);
    this.line(`r4=${top};`);
  }
}

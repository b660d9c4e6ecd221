import type { Block } from '../block.ts';
import type { CodePage } from '../block-cache.ts';
import type { Cpu } from '../cpu.ts';
import { Quick, Seg } from '../cpu.ts';
import { PARITY } from '../flags.ts';
import { BlockRole, type Insn } from '../insn.ts';
import { BlockCode, type Uses } from './block-code.ts';
import { conditionCode, settle } from './flags-code.ts';
import { carryOfLocals, conditionOfLocals } from './flags-runtime.ts';
import { emitInsn } from './insn-code.ts';

/**
 * Compiled code: blocks of one page that lead to each other, as one JavaScript function. It executes whole blocks
 * only, and of them only what stays on the fast paths of processor, MMU and NVM; for everything else it leaves
 * before the instruction, with nothing of it done, and the interpreter goes on at that place of that block. So
 * it never faults, counts exactly, and makes the same stores, log entries and notes of what was read.
 */
export interface Region {
  readonly blocks: readonly Block[];
  /**
   * Executes from block `start` on, at most `left` instructions. `pageEip` is EIP of the page's first byte,
   * `generation` the page's: a block of another generation has not been compared with memory yet.
   * `cpu.compiledDone` says how many were executed.
   * @returns `REGION_END`: EIP is set, at the beginning of a block. `REGION_REFUSED`: nothing has been done. Else
   * the index of the block (times 64) and of the instruction in it that the interpreter must go on with.
   */
  readonly run: (start: number, left: number, pageEip: number, generation: number) => number;
}

export const REGION_END = -1;
export const REGION_REFUSED = -2;

const BLOCKS_MAX = 24;
/** A block that has run so often by the time that its neighbour is compiled goes with it. */
const WARM = 16;
/** Fewer instructions than that at a block's beginning are not worth going in for, unless it is cold (a test). */
const PREFIX_MIN = 3;
const REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Offsets in the page that the block may go on at, as far as they are known. */
function successors(block: Block): number[] {
  const offsets: number[] = [];
  for (const insn of block.insns) if (insn.name === 'call') offsets.push(block.pageOffset + insn.end);
  const last = block.insns[block.insns.length - 1];
  if (last === undefined) return offsets;
  const isJump = last.name === 'jmp' && last.role === BlockRole.ends;
  if (last.role === BlockRole.ends && isRelative(last)) offsets.push(block.pageOffset + last.target);
  if (!isJump && last.name !== 'ret') offsets.push(block.pageOffset + block.endOffset);
  return offsets;
}

const isConditionalJump = (i: Insn): boolean =>
  i.role === BlockRole.ends &&
  i.name !== 'jmp' &&
  /^j(o|no|b|ae|e|ne|be|a|s|ns|p|np|l|ge|le|g)$/.test(i.name);
const isRelative = (i: Insn): boolean =>
  isConditionalJump(i) || ((i.name === 'jmp' || i.name === 'call') && i.through !== null);

const isMember = (block: Block | null | undefined, page: CodePage, warm: number): block is Block =>
  block !== null &&
  block !== undefined &&
  block.generation === page.generation &&
  block.heat >= warm &&
  block.code32 &&
  !block.isAlone &&
  block.insns.length < 64;

/** The blocks around `root`, itself the first. */
function gather(root: Block, page: CodePage, warm: number): Block[] {
  const members = [root];
  for (let n = 0; n < members.length && members.length < BLOCKS_MAX; n += 1) {
    for (const offset of successors(members[n] as Block)) {
      const next = page.blocks[offset];
      if (isMember(next, page, warm) && !members.includes(next) && members.length < BLOCKS_MAX)
        members.push(next);
    }
  }
  return members;
}

/** Writes the transition to an offset of the page; flags are in the locals and `left` is right. */
function goTo(members: readonly Block[], offset: number, self: number): string {
  const next = members.findIndex((block) => block.pageOffset === offset);
  if (next < 0) return `{o=${offset};break L;}`;
  const length = (members[next] as Block).insns.length;
  const way = next === self ? `continue B${self};` : `{s=${next};continue L;}`;
  return `{if(left<${length}||b${next}.generation!==generation){o=${offset};break L;}${way}}`;
}

/** A jump to an EIP that only the run knows: to members by comparison, to all else by leaving. */
function goToEip(members: readonly Block[], eip: string, self: number, likely: number | null): string {
  const ordered = members.map((block) => block.pageOffset);
  if (likely !== null && ordered.includes(likely)) {
    ordered.splice(ordered.indexOf(likely), 1);
    ordered.unshift(likely);
  }
  const cases = ordered.map((offset) => `if(o===${offset})${goTo(members, offset, self)}`);
  return `o=(${eip}-pageEip)|0;${cases.join('else ')}else break L;`;
}

/** The end of a block whose last instruction is a branch that the compiler knows; false for others. */
function emitBranch(b: BlockCode, i: Insn, members: readonly Block[], likely: number | null): boolean {
  const { block, index } = b;
  if (i.size !== 4 || i.addressMask !== -1) return false;
  const { length } = block.insns;
  const leave = `left=left-${length}|0;`;
  const target = block.pageOffset + i.target;
  if (isConditionalJump(i)) {
    const holds = b.constant(conditionCode(i.extra, b.flags));
    b.line(settle(b.flags) + leave);
    b.line(`if(${holds})${goTo(members, target, index)}`);
    b.line(goTo(members, block.pageOffset + block.endOffset, index));
    return true;
  }
  if (i.name === 'jmp' && i.through !== null) {
    b.line(settle(b.flags) + leave + goTo(members, target, index));
    return true;
  }
  if (i.name === 'call' && i.through !== null) {
    b.push(b.constant(`(pageEip+${block.pageOffset + i.end})|0`));
    b.line(settle(b.flags) + leave + goTo(members, target, index));
    return true;
  }
  if (i.name === 'ret') {
    const eip = b.load(b.readable('r4', Seg.ss, 4), 4);
    b.line(`r4=(r4+${4 + i.immediate})|0;`);
    b.line(settle(b.flags) + leave + goToEip(members, eip, index, likely));
    return true;
  }
  return false;
}

/** Writes one block. Gives how many of its instructions are compiled. */
function emitBlock(b: BlockCode, members: readonly Block[]): number {
  const { block, index } = b;
  /** Where the last call inside the block returns to. */
  let likely: number | null = null;
  for (let k = 0; k < block.insns.length; k += 1) {
    const insn = block.insns[k] as Insn;
    b.begin(k);
    const isLast = k === block.insns.length - 1;
    if (isLast && insn.role === BlockRole.ends) {
      if (emitBranch(b, insn, members, likely)) return k + 1;
    } else if (insn.through !== null) {
      // In the middle of a block: it goes on at the target.
      if (insn.name === 'call') {
        likely = block.pageOffset + insn.end;
        b.push(b.constant(`(pageEip+${likely})|0`));
      }
      continue;
    } else if (emitInsn(b, insn)) continue;
    b.line(b.giveUp());
    return k;
  }
  b.line(
    `${settle(b.flags)}left=left-${block.insns.length}|0;${goTo(members, block.pageOffset + block.endOffset, index)}`,
  );
  return block.insns.length;
}

/** The function's source; `members` are its blocks b0, b1, …. */
function sourceOf(members: readonly Block[], codes: readonly BlockCode[], uses: Uses): string {
  const needs = [
    ...[...uses.read].map((seg) => [seg, Quick.read] as const),
    ...[...uses.write].map((seg) => [seg, Quick.write] as const),
  ];
  const refuse = needs.map(([seg, bit]) => `(quick[${seg}]&${bit})===0`);
  const cases = codes.map(({ index, text }) => `case ${index}:B${index}:for(;;){\n${text}\n}`);
  return `"use strict";
const {mmu,regs,segmentQuick:quick}=cpu;
const {nvm}=mmu;
const {log}=nvm;
${members.map((_, n) => `const b${n}=blocks[${n}];`).join('')}
return function(s,left,pageEip,generation){
if(${['cpu.stackMask!==-1', ...refuse].join('||')})return ${REGION_REFUSED};
const tlb=mmu.entries,stamp=nvm.stamp,words=nvm.words,bytes=nvm.bytes,halves=nvm.halves;
const rn=mmu.readNeed,wn=mmu.writeNeed,cp=mmu.codePage,run=nvm.runNumber,og=(mmu.user?0:nvm.origin)<<3;
const logColumns=log.columns,c1=log.capacity,c2=2*c1,logMeta=log.meta,l0=log.length,left0=left;
const lm=Math.min(log.capacity,nvm.powerFailsAtLogLength);
let ll=l0,stores=0,x=${REGION_END},o=0;
let ${REGISTERS.map((n) => `r${n}=regs[${n}]`).join(',')};
let lz=cpu.lazy,fl=cpu.flagLeft,fr=cpu.flagRight,fv=cpu.flagResult,fs=cpu.flagSign,fg=cpu.flags;
L:for(;;){switch(s){
${cases.join('\n')}
}}
${REGISTERS.map((n) => `regs[${n}]=r${n};`).join('')}
cpu.lazy=lz;cpu.flagLeft=fl;cpu.flagRight=fr;cpu.flagResult=fv;cpu.flagSign=fs;cpu.flags=fg;
log.length=ll;nvm.storesCount+=ll-l0+stores;cpu.compiledDone=left0-left;
if(x===${REGION_END})cpu.eip=(pageEip+o)|0;
return x;
}`;
}

/**
 * Compiles the region around a block of the page and gives it to those of its blocks that have none. Null where
 * so little of the block can be compiled that it is not worth it.
 */
export function compileRegion(cpu: Cpu, page: CodePage, root: Block): Region | null {
  const warm = Math.min(WARM, root.heat);
  if (!isMember(root, page, warm)) return null;
  const members = gather(root, page, warm);
  const uses: Uses = { read: new Set(), write: new Set(), isLogged: cpu.mmu.nvm.isLogged };
  const codes = members.map((block, index) => new BlockCode(block, index, uses));
  const lengths = codes.map((code) => emitBlock(code, members));
  const isWorth = (n: number): boolean =>
    (lengths[n] as number) >= Math.min(PREFIX_MIN, root.heat, (members[n] as Block).insns.length);
  if (!isWorth(0)) return null;
  const make = new Function(
    'cpu',
    'blocks',
    'parity',
    'cfOf',
    'condition',
    sourceOf(members, codes, uses),
  ) as (...given: unknown[]) => Region['run'];
  const region: Region = {
    blocks: members,
    run: make(cpu, members, PARITY, carryOfLocals, conditionOfLocals),
  };
  members.forEach((block, n) => {
    if (block.region !== null || !isWorth(n)) return;
    block.region = region;
    block.regionIndex = n;
  });
  return region;
}

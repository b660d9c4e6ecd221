/** Names of instructions: ours (as in the manuals) and those of the encoder's library. */

/** Whether code runs with 16- or 32-bit operands and addresses by default. */
export type Bits = 16 | 32;

/** Other names for the same condition, as in JZ, SETZ and CMOVZ. */
const CONDITION_ALIASES: Readonly<Record<string, string>> = {
  z: 'e',
  nz: 'ne',
  c: 'b',
  nae: 'b',
  nc: 'ae',
  nb: 'ae',
  na: 'be',
  nbe: 'a',
  nge: 'l',
  nl: 'ge',
  ng: 'le',
  nle: 'g',
  pe: 'p',
  po: 'np',
};

/** Instructions whose name says nothing of the operand size: the mode's own form is meant. */
const SIZED: Readonly<Record<string, { readonly 16: string; readonly 32: string }>> = {
  ret: { 16: 'Retnw', 32: 'Retnd' },
  retf: { 16: 'Retfw', 32: 'Retfd' },
  iret: { 16: 'Iretw', 32: 'Iretd' },
  pusha: { 16: 'Pushaw', 32: 'Pushad' },
  popa: { 16: 'Popaw', 32: 'Popad' },
  pushf: { 16: 'Pushfw', 32: 'Pushfd' },
  popf: { 16: 'Popfw', 32: 'Popfd' },
  leave: { 16: 'Leavew', 32: 'Leaved' },
  enter: { 16: 'Enterw', 32: 'Enterd' },
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** First words of the library's code names for a mnemonic, such as `Push` and `Pushd` for PUSH. */
export function codePrefixes(mnemonic: string, bits: Bits): readonly string[] {
  const sized = SIZED[mnemonic];
  if (sized !== undefined) return [sized[bits]];
  if (mnemonic === 'push') return ['Push', bits === 32 ? 'Pushd' : 'Pushw'];
  if (mnemonic === 'pop') return ['Pop', bits === 32 ? 'Popd' : 'Popw'];
  if (mnemonic === 'nop') return [bits === 32 ? 'Nopd' : 'Nopw', 'Nop'];
  if (mnemonic === 'sal') return ['Shl'];
  const conditional = /^(j|set|cmov)([a-z]+)$/.exec(mnemonic);
  const condition = CONDITION_ALIASES[conditional?.[2] ?? ''];
  if (conditional !== null && condition !== undefined) return [capital(`${conditional[1]}${condition}`)];
  return [capital(mnemonic)];
}

import { type Build, type Decoder, decodeFailure } from './decoder.ts';
import { buildStepRm, buildUnary, installAlu, sizeByOpcode } from './exec/alu.ts';
import { installAtomic } from './exec/atomic.ts';
import { installBits } from './exec/bits.ts';
import { buildBranchRm, installBranch } from './exec/branch.ts';
import { installDecimal } from './exec/decimal.ts';
import { installDescriptors } from './exec/descriptors.ts';
import { buildFarRm, installFar } from './exec/far.ts';
import { installFlags } from './exec/flags.ts';
import { installIo } from './exec/io.ts';
import { locked } from './exec/locked.ts';
import { installMove } from './exec/move.ts';
import { buildMultiplyDivide, installMultiply } from './exec/multiply.ts';
import { installShift } from './exec/shift.ts';
import { buildPushRm, installStack } from './exec/stack.ts';
import { installString } from './exec/string.ts';
import { installSystem } from './exec/system.ts';
import { BlockRole, type Exec, Insn } from './insn.ts';

/** The opcode maps: one builder for each opcode byte, and one for each after 0Fh. */

const invalid: Exec = (c) => c.invalidOpcode();
const buildInvalid: Build = (d) => d.is('invalid', invalid, BlockRole.ends);

const oneByte: Build[] = new Array(256).fill(buildInvalid);
const twoByte: Build[] = new Array(256).fill(buildInvalid);

const buildGroup3: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  if (d.regField < 4) buildUnary(d);
  else buildMultiplyDivide(d);
};
const buildGroup4: Build = (d) => {
  d.modRm(1);
  if (d.regField < 2) buildStepRm(d);
  else buildInvalid(d);
};
const buildGroup5: Build = (d) => {
  d.modRm(d.operandSize);
  if (d.regField < 2) buildStepRm(d);
  else if (d.regField === 2 || d.regField === 4) buildBranchRm(d);
  else if (d.regField === 3 || d.regField === 5) buildFarRm(d);
  else if (d.regField === 6) buildPushRm(d);
  else buildInvalid(d);
};

installAlu(oneByte);
installMove(oneByte, twoByte);
installAtomic(twoByte);
installShift(oneByte, twoByte);
installMultiply(oneByte, twoByte);
installBits(twoByte);
installDecimal(oneByte);
installStack(oneByte, twoByte);
installBranch(oneByte, twoByte);
installString(oneByte);
installIo(oneByte);
installFlags(oneByte);
installFar(oneByte, twoByte);
installSystem(oneByte, twoByte);
installDescriptors(oneByte, twoByte);
oneByte[0xf6] = buildGroup3;
oneByte[0xf7] = buildGroup3;
oneByte[0xfe] = buildGroup4;
oneByte[0xff] = buildGroup5;

const tooLong: Exec = (c) => c.generalProtection(0);

/**
 * Decodes one instruction at the decoder's place. An undefined opcode gives an instruction that raises #UD.
 * @returns null where the bytes end before the instruction does.
 */
export function decode(d: Decoder, code32: boolean): Insn | null {
  const insn = new Insn(invalid);
  d.insn = insn;
  try {
    d.opcode = d.prefixes(code32);
    if (d.opcode === 0x0f) {
      d.opcode = d.next8();
      (twoByte[d.opcode] as Build)(d);
    } else (oneByte[d.opcode] as Build)(d);
  } catch (thrown) {
    if (decodeFailure(thrown) === 'overrun') return null;
    d.is('invalid', tooLong, BlockRole.ends);
  }
  if (insn.hasLock && !(insn.isLockable && insn.isMemory)) buildInvalid(d);
  // XCHG with memory is locked with and without the prefix (SDM vol. 3, bus locking).
  else if (insn.isMemory && (insn.hasLock || insn.name === 'xchg')) insn.exec = locked(insn.exec);
  insn.end = d.lengthBytes;
  return insn;
}

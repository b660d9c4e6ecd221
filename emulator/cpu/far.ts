import { transferThroughSystem } from './call-gate.ts';
import { type Cpu, dplOf, Seg } from './cpu.ts';
import { Vector } from './fault.ts';
import { checkReturnCode, returnToOuter } from './iret.ts';
import {
  type Descriptor,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  requireDescriptor,
  setCodeSegment,
  setRealSegment,
} from './segments.ts';
import { drop, peek, push } from './stack.ts';

/** A far pointer: selector and offset. */
export interface FarPointer {
  readonly selector: number;
  readonly offset: number;
}

/** A code segment that JMP or CALL may go to without a gate. */
function checkDirectTarget(c: Cpu, selector: number, code: Descriptor): void {
  const error = selector & 0xfffc;
  const dpl = dplOf(code.attributes);
  if (isConforming(code) ? dpl > c.cpl : (selector & 3) > c.cpl || dpl !== c.cpl) c.generalProtection(error);
  if (!isPresent(code)) c.fault.raise(Vector.segmentNotPresent, error);
}

function checkOffset(c: Cpu, code: Descriptor, offset: number): void {
  if (offset >>> 0 > limitOf(code) >>> 0) c.generalProtection(0);
}

/** JMP far (SDM vol. 2). */
export function jumpFar(c: Cpu, to: FarPointer): void {
  c.attention = true;
  if (!c.isProtected) {
    if (to.offset >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
    setRealSegment(c, Seg.cs, to.selector);
    c.eip = to.offset;
    return;
  }
  if ((to.selector & 0xfffc) === 0) c.generalProtection(0);
  const code = requireDescriptor(c, to.selector);
  if (!isCodeSegment(code)) {
    transferThroughSystem(c, { selector: to.selector, descriptor: code, isCall: false, returnEip: c.eip });
    return;
  }
  checkDirectTarget(c, to.selector, code);
  checkOffset(c, code, to.offset);
  setCodeSegment(c, to.selector, code, c.cpl);
  c.eip = to.offset;
}

/** CALL far (SDM vol. 2). `returnEip` is pushed. */
export function callFar(c: Cpu, to: FarPointer, returnEip: number, sizeBytes: 2 | 4): void {
  c.attention = true;
  const cs = c.segmentSelector[Seg.cs] as number;
  if (!c.isProtected) {
    if (to.offset >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
    pushPair(c, cs, returnEip, sizeBytes);
    setRealSegment(c, Seg.cs, to.selector);
    c.eip = to.offset;
    return;
  }
  if ((to.selector & 0xfffc) === 0) c.generalProtection(0);
  const code = requireDescriptor(c, to.selector);
  if (!isCodeSegment(code)) {
    transferThroughSystem(c, { selector: to.selector, descriptor: code, isCall: true, returnEip });
    return;
  }
  checkDirectTarget(c, to.selector, code);
  checkOffset(c, code, to.offset);
  pushPair(c, cs, returnEip, sizeBytes);
  setCodeSegment(c, to.selector, code, c.cpl);
  c.eip = to.offset;
}

/** Two pushes, of which the second must not fault once the first is done. */
function pushPair(c: Cpu, first: number, second: number, sizeBytes: 2 | 4): void {
  const esp = c.regs[4] as number;
  try {
    push(c, first, sizeBytes);
    push(c, second, sizeBytes);
  } catch (thrown) {
    c.regs[4] = esp;
    throw thrown;
  }
}

/** RETF (SDM vol. 2); `releaseBytes` of parameters go off the stack, both stacks on a change of ring. */
export function returnFar(c: Cpu, releaseBytes: number, sizeBytes: 2 | 4): void {
  c.attention = true;
  const eip = peek(c, 0, sizeBytes);
  const selector = peek(c, sizeBytes, sizeBytes) & 0xffff;
  if (!c.isProtected) {
    if (eip >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
    drop(c, 2 * sizeBytes + releaseBytes);
    setRealSegment(c, Seg.cs, selector);
    c.eip = eip;
    return;
  }
  const code = checkReturnCode(c, selector);
  if ((selector & 3) === c.cpl) {
    checkOffset(c, code, eip);
    setCodeSegment(c, selector, code, c.cpl);
    drop(c, 2 * sizeBytes + releaseBytes);
  } else {
    const skipBytes = 2 * sizeBytes + releaseBytes;
    returnToOuter(
      c,
      { selector, code, eip, skipBytes, releaseBytes, absentVector: Vector.stackFault },
      sizeBytes,
    );
  }
  c.eip = eip;
}

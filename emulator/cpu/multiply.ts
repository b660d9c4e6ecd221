/** 32-bit products and quotients with all their bits. */

/** High 32 bits of the unsigned product, as a signed number. */
export function multiplyHigh(left: number, right: number): number {
  const leftLow = left & 0xffff;
  const leftHigh = left >>> 16;
  const rightLow = right & 0xffff;
  const rightHigh = right >>> 16;
  const low = leftLow * rightLow;
  const middle = leftHigh * rightLow + Math.floor(low / 0x10000);
  const cross = leftLow * rightHigh + (middle % 0x10000);
  return (leftHigh * rightHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) | 0;
}

/** High 32 bits of the signed product. */
export function multiplyHighSigned(left: number, right: number): number {
  return (multiplyHigh(left, right) - (left < 0 ? right : 0) - (right < 0 ? left : 0)) | 0;
}

export interface Division {
  quotient: number;
  remainder: number;
}

/**
 * Unsigned high:low divided by `divisor`, into `into`. False where the divisor is 0 or the quotient does
 * not fit 32 bits.
 */
export function divide(
  dividend: { readonly high: number; readonly low: number },
  divisor: number,
  into: Division,
): boolean {
  const by = divisor >>> 0;
  const high = dividend.high >>> 0;
  const low = dividend.low >>> 0;
  if (by === 0 || high >= by) return false;
  if (high < 0x200000) {
    // Below 2^53 a double holds the dividend exactly, and the quotient's error is less than 1/divisor.
    const whole = high * 0x100000000 + low;
    const quotient = Math.floor(whole / by);
    into.quotient = quotient | 0;
    into.remainder = (whole - quotient * by) | 0;
  } else {
    const whole = (BigInt(high) << 32n) | BigInt(low);
    into.quotient = Number(whole / BigInt(by)) | 0;
    into.remainder = Number(whole % BigInt(by)) | 0;
  }
  return true;
}

/** The same, signed; the quotient is rounded toward zero. */
export function divideSigned(
  dividend: { readonly high: number; readonly low: number },
  divisor: number,
  into: Division,
): boolean {
  const isNegative = dividend.high < 0;
  const low = isNegative ? -dividend.low | 0 : dividend.low;
  const high = isNegative ? (~dividend.high + (dividend.low === 0 ? 1 : 0)) | 0 : dividend.high;
  if (!divide({ high, low }, divisor < 0 ? -divisor : divisor, into)) return false;
  const magnitude = into.quotient >>> 0;
  const isQuotientNegative = isNegative !== divisor < 0;
  if (magnitude > (isQuotientNegative ? 0x80000000 : 0x7fffffff)) return false;
  if (isQuotientNegative) into.quotient = -into.quotient | 0;
  if (isNegative) into.remainder = -into.remainder | 0;
  return true;
}

/** The clock registers of the MC146818, from and to seconds since 1970-01-01 00:00:00 (no leap seconds). */

/** Order of the registers' meanings; CMOS addresses are in `CLOCK_REGISTERS`. */
export interface ClockFields {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  /** 1 is Sunday. */
  readonly weekday: number;
  readonly day: number;
  /** 1 is January. */
  readonly month: number;
  /** Of the century. */
  readonly year: number;
  readonly century: number;
}

/** CMOS address of each field; the century is where ACPI's table says on most PCs. */
export const CLOCK_REGISTERS = {
  second: 0x00,
  minute: 0x02,
  hour: 0x04,
  weekday: 0x06,
  day: 0x07,
  month: 0x08,
  year: 0x09,
  century: 0x32,
} as const satisfies Readonly<Record<keyof ClockFields, number>>;

export function fieldsOf(seconds: number): ClockFields {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  return {
    second: date.getUTCSeconds(),
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    weekday: date.getUTCDay() + 1,
    day: date.getUTCDate(),
    month: date.getUTCMonth() + 1,
    year: year % 100,
    century: Math.floor(year / 100),
  };
}

export function secondsOf(fields: ClockFields): number {
  const { second, minute, hour, day, month, year, century } = fields;
  return Date.UTC(century * 100 + year, month - 1, day, hour, minute, second) / 1000;
}

const toBcd = (value: number): number => (Math.floor(value / 10) << 4) | (value % 10);
const fromBcd = (value: number): number => (value >>> 4) * 10 + (value & 15);

export interface ClockFormat {
  /** Register B bit 2: registers are binary, not BCD. */
  readonly isBinary: boolean;
  /** Register B bit 1: hours run to 24; else bit 7 of the hour says afternoon. */
  readonly is24Hours: boolean;
}

/** A field as its register holds it. */
export function encodeField(name: keyof ClockFields, value: number, format: ClockFormat): number {
  const encode = (n: number): number => (format.isBinary ? n : toBcd(n));
  if (name !== 'hour' || format.is24Hours) return encode(value);
  const afternoon = value >= 12 ? 0x80 : 0;
  return encode(value % 12 === 0 ? 12 : value % 12) | afternoon;
}

export function decodeField(name: keyof ClockFields, raw: number, format: ClockFormat): number {
  const decode = (n: number): number => (format.isBinary ? n : fromBcd(n));
  if (name !== 'hour' || format.is24Hours) return decode(raw);
  const hour = decode(raw & 0x7f) % 12;
  return (raw & 0x80) !== 0 ? hour + 12 : hour;
}

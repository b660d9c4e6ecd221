/** Writes minimal ELF32 executables for tests: headers, PT_LOAD segments, and a symbol table if asked for. */
export interface WrittenSegment {
  readonly address: number;
  readonly bytes: Uint8Array | readonly number[];
  readonly memoryBytes?: number;
  readonly flags: number;
  readonly type?: number;
  readonly physicalAddress?: number;
}

export interface WrittenElf {
  readonly entry: number;
  readonly segments: readonly WrittenSegment[];
  readonly symbols?: Readonly<Record<string, number>>;
}

export function writeElf({ entry, segments, symbols }: WrittenElf): Uint8Array {
  const names = Object.keys(symbols ?? {});
  const strings = new TextEncoder().encode(`\0${names.map((name) => `${name}\0`).join('')}`);
  const dataAt = 52 + 32 * segments.length;
  const dataBytes = segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
  const symtabAt = dataAt + dataBytes;
  const symtabBytes = 16 * (names.length + 1);
  const stringsAt = symtabAt + symtabBytes;
  const sectionsAt = stringsAt + strings.length;
  const file = new Uint8Array(symbols === undefined ? symtabAt : sectionsAt + 3 * 40);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  const put16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const put32 = (at: number, ...values: readonly number[]): void =>
    values.forEach((value, i) => {
      view.setUint32(at + 4 * i, value, true);
    });
  put16(16, 2);
  put16(18, 3);
  put32(20, 1, entry, 52, symbols === undefined ? 0 : sectionsAt);
  put16(40, 52);
  put16(42, 32);
  put16(44, segments.length);
  put16(46, 40);
  put16(48, symbols === undefined ? 0 : 3);
  let at = dataAt;
  segments.forEach((segment, i) => {
    const { address, bytes, memoryBytes, flags, type, physicalAddress } = segment;
    const length = bytes.length;
    put32(
      52 + 32 * i,
      type ?? 1,
      at,
      address,
      physicalAddress ?? address,
      length,
      memoryBytes ?? length,
      flags,
      1,
    );
    file.set(bytes, at);
    at += length;
  });
  if (symbols === undefined) return file;
  let nameAt = 1;
  names.forEach((name, i) => {
    const entryAt = symtabAt + 16 * (i + 1);
    put32(entryAt, nameAt, symbols[name] ?? 0, 0);
    file[entryAt + 12] = 0x12;
    put16(entryAt + 14, 1);
    nameAt += name.length + 1;
  });
  file.set(strings, stringsAt);
  put32(sectionsAt + 40, 0, 2, 0, 0, symtabAt, symtabBytes, 2, 1, 4, 16);
  put32(sectionsAt + 80, 0, 3, 0, 0, stringsAt, strings.length);
  return file;
}

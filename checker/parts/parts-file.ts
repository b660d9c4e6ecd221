/**
 * Parts on disk: what `--resume` goes on from and `merge` puts together.
 *
 * Protocol. One line a record: 16 hexadecimal digits of the SHA-256 of the rest, a blank, JSON, a line feed.
 * The first line says what check the file is of. A line is appended whole with one write and forced to disk;
 * where that was cut short by a failure the line has no line feed or a wrong sum, is left out, and its part is
 * explored again. A line that is wrong anywhere but at the end was not cut short by us: it is left out too, and
 * the verdict stays open, since something has changed the file.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { digest } from '../digest.ts';
import { UsageError } from '../errors.ts';
import type { ExportedPart } from '../explore/parts.ts';
import { headerSchema, type PartEntry, type PartsHeader, parseEntry } from './part-schema.ts';

export interface PartsFile {
  readonly header: PartsHeader;
  readonly entries: readonly PartEntry[];
  /** Lines in the middle of the file that are not as they were written. */
  readonly damagedCount: number;
  /** Bytes up to the end of the last good line; past it a write was cut short. */
  readonly goodBytes: number;
  readonly isCutShort: boolean;
}

const lineOf = (data: unknown): string => {
  const text = JSON.stringify(data);
  return `${digest(text)} ${text}\n`;
};

/** @throws UsageError for a file that cannot be read, or whose first line is not that of a file of parts. */
export function readPartsFile(path: string): PartsFile {
  let bytes: Buffer;
  try {
    if (!statSync(path).isFile()) throw new Error('it is no file');
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, 'Name a file of parts.');
  }
  const lines = linesOf(bytes);
  const header = headerSchema.safeParse(lines[0]?.data);
  if (!header.success) {
    throw new UsageError(
      `${path} is no file of parts, or its first line is damaged`,
      'Name another file; this one is left as it is.',
    );
  }
  const entries: PartEntry[] = [];
  let goodBytes = lines[0]?.endBytes ?? 0;
  let damaged = 0;
  let damagedCount = 0;
  for (const { data, endBytes } of lines.slice(1)) {
    const entry = entryOf(data);
    if (entry === null) damaged += 1;
    else {
      entries.push(entry);
      // What is wrong before a good line is in the middle.
      damagedCount += damaged;
      damaged = 0;
      goodBytes = endBytes;
    }
  }
  return { header: header.data, entries, damagedCount, goodBytes, isCutShort: goodBytes < bytes.length };
}

function entryOf(data: unknown): PartEntry | null {
  try {
    return parseEntry(data);
  } catch {
    return null;
  }
}

function linesOf(bytes: Buffer): { readonly data: unknown; readonly endBytes: number }[] {
  const lines: { data: unknown; endBytes: number }[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed;
    const isWhole = feed >= 0;
    lines.push({ data: isWhole ? dataOf(bytes.toString('utf8', start, end)) : null, endBytes: end + 1 });
    start = end + 1;
  }
  return lines;
}

function dataOf(line: string): unknown {
  const [sum, text] = [line.slice(0, 16), line.slice(17)];
  if (digest(text) !== sum) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Writes parts as they come, after `position` bytes of the file. */
export class PartsWriter {
  /** Why nothing more can be written; parts that come later are kept in memory only. */
  failure: string | null = null;
  private readonly path: string;
  private readonly descriptor: number;
  private position: number;

  constructor(path: string, descriptor: number, position: number) {
    this.path = path;
    this.descriptor = descriptor;
    this.position = position;
  }

  begin(header: PartsHeader): this {
    this.append(header);
    return this;
  }

  add(workload: string, depth: number, part: ExportedPart): void {
    this.append({ workload, depth: String(depth), part });
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private append(data: unknown): void {
    if (this.failure !== null) return;
    const bytes = Buffer.from(lineOf(data));
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.position + done);
      }
      fsyncSync(this.descriptor);
      this.position += bytes.length;
    } catch (error) {
      this.failure = `cannot write ${this.path}: ${(error as Error).message}`;
    }
  }
}

function opened(path: string, flags: 'wx' | 'r+'): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`, 'Name another file.');
  }
}

/**
 * Reads what was explored before, or begins a new file.
 * @throws UsageError where the file is of another check.
 */
export function openPartsFile(
  path: string,
  header: PartsHeader,
): { readonly known: readonly PartEntry[]; readonly writer: PartsWriter; readonly damagedCount: number } {
  if (!existsSync(path)) {
    const writer = new PartsWriter(path, opened(path, 'wx'), 0).begin(header);
    return { known: [], writer, damagedCount: 0 };
  }
  const file = readPartsFile(path);
  requireSame(path, file.header, header);
  const { entries, goodBytes, damagedCount } = file;
  const descriptor = opened(path, 'r+');
  // What was cut short is written again.
  ftruncateSync(descriptor, goodBytes);
  return { known: entries, writer: new PartsWriter(path, descriptor, goodBytes), damagedCount };
}

/** @throws UsageError with the first thing in which two files of parts are of different checks. */
export function requireSame(path: string, is: PartsHeader, mustBe: PartsHeader): void {
  for (const key of Object.keys(headerSchema.shape) as (keyof PartsHeader)[]) {
    const [a, b] = [JSON.stringify(is[key]), JSON.stringify(mustBe[key])];
    if (a === b) continue;
    throw new UsageError(
      `${path} is of another check: its ${key} is ${a ?? 'not given'}, not ${b ?? 'not given'}`,
      'Name a new file, or run the check that it is of.',
    );
  }
}

/** The promises as spec/ConsistencyInvariants.tla words them: one source for names, sentences and sections. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../emulator/invariant.ts';

export interface SpecPromise {
  readonly name: string;
  readonly kind: 'state' | 'step';
  /** For instance `thesis §3.4`. */
  readonly thesis: string;
  readonly sentence: string;
}

/** The folder of the TLA+ modules: beside the sources, or copied into dist/ by the build. */
export function specFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [join(here, '../spec'), join(here, '../../spec')].find((f) =>
    existsSync(join(f, 'KernelTrace.tla')),
  );
  invariant(folder !== undefined, 'the spec folder is missing from this installation');
  return folder;
}

const MARK = /\\\* @(promise|kind|thesis|says) +(.*)/g;

export function readPromises(folder = specFolder()): SpecPromise[] {
  const text = readFileSync(join(folder, 'ConsistencyInvariants.tla'), 'utf8');
  const promises: SpecPromise[] = [];
  let fields: Record<string, string> = {};
  for (const [, mark, value] of text.matchAll(MARK)) {
    if (mark === 'promise') fields = {};
    fields[mark ?? ''] = (value ?? '').trim();
    const { promise, kind, thesis, says } = fields;
    if (promise === undefined || thesis === undefined || says === undefined) continue;
    if (mark !== 'says' || (kind !== 'state' && kind !== 'step')) continue;
    promises.push({
      name: promise,
      kind,
      thesis: `thesis ${thesis.replace(/(\d+(?:\.\d+)?)/g, '§$1')}`,
      sentence: says,
    });
  }
  invariant(promises.length > 0, 'the spec names no promise');
  return promises;
}

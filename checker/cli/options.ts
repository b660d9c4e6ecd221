import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import {
  ATOMIC_BYTES,
  type AtomicBytes,
  PERSISTENCY_MODELS,
  type PersistencyModel,
} from '../../emulator/persistency/model.ts';
import { UsageError } from '../errors.ts';
import type { Catalogue, EngineChoice } from '../run-api.ts';
import { chosen } from './suggest.ts';

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return before.includes(value) ? [...before] : [...before, value];
}

/** A whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It is a whole number from 1 on.');
  return value;
}

/** `i/n`, with i from 1 to n. */
export function shardChoice(text: string): { index: number; count: number } {
  const [, index, count] = /^([1-9][0-9]{0,5})\/([1-9][0-9]{0,5})$/.exec(text) ?? [];
  if (index === undefined || count === undefined || Number(index) > Number(count)) {
    throw new InvalidArgumentError('It is i/n: the i-th of n shards, counted from 1.');
  }
  return { index: Number(index), count: Number(count) };
}

/** A number of nested crashes; Infinity for `fixpoint`. */
export function depthOrFixpoint(text: string): number {
  if (text === 'fixpoint') return Number.POSITIVE_INFINITY;
  const value = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It is a whole number from 1 on, or 'fixpoint'.");
  return value;
}

export function persistencyModel(text: string): PersistencyModel {
  const model = PERSISTENCY_MODELS.find((each) => each === text);
  if (model === undefined)
    throw new InvalidArgumentError(`The models are ${PERSISTENCY_MODELS.join(' and ')}.`);
  return model;
}

export function atomicBytes(text: string): AtomicBytes {
  const bytes = ATOMIC_BYTES.find((each) => String(each) === text);
  if (bytes === undefined) throw new InvalidArgumentError('It is 4 or 1.');
  return bytes;
}

export function engineChoice(text: string): EngineChoice {
  if (text === 'auto' || text === 'embedded' || text === 'tlc' || text === 'both') return text;
  throw new InvalidArgumentError('The engines are auto, embedded, tlc and both.');
}

/** @throws UsageError with what there is, for a name that the catalogue does not have. */
export function requireNames(
  catalogue: Catalogue,
  names: {
    readonly scheme: string;
    readonly workloads: readonly string[];
    readonly mutants: readonly string[];
  },
): void {
  chosen({ one: 'scheme', many: 'schemes' }, names.scheme, catalogue.schemes);
  for (const name of names.workloads)
    chosen({ one: 'workload', many: 'workloads' }, name, catalogue.workloads);
  for (const name of names.mutants) chosen({ one: 'mutant', many: 'mutants' }, name, catalogue.mutants);
}

/**
 * Looks, before any work is done, whether a report could be written there.
 * @throws UsageError where it could not.
 */
export function requireWritable(paths: readonly (string | undefined)[]): void {
  for (const path of paths) {
    if (path === undefined) continue;
    const folder = dirname(resolve(path));
    if (kindOf(folder) !== 'folder') {
      throw new UsageError(`cannot write ${path}: there is no folder ${folder}`, 'Make the folder first.');
    }
    if (kindOf(path) === 'folder') {
      throw new UsageError(`cannot write ${path}: it is a folder`, 'Name a file.');
    }
  }
}

/** @throws UsageError where there is no such folder. */
export function requireOpenFolder(path: string | undefined): void {
  if (path !== undefined && kindOf(path) !== 'folder') {
    throw new UsageError(`there is no folder ${path}`, 'Make the folder first.');
  }
}

export function kindOf(path: string): 'file' | 'folder' | 'nothing' {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 'nothing';
  return status.isDirectory() ? 'folder' : 'file';
}

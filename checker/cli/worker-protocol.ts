import type { CoverageOptions } from '../coverage/coverage.ts';
import type { Share } from '../coverage/walk.ts';
import { UsageError } from '../errors.ts';
import type { CheckOptions, EngineChoice, MergeOptions, MutantsOptions, Progress } from '../run-api.ts';
import type { GraphInput } from '../tla/api.ts';

/** What a worker is started for. */
export type Task =
  | { readonly kind: 'check'; readonly options: CheckOptions }
  | { readonly kind: 'merge'; readonly options: MergeOptions }
  | { readonly kind: 'replay'; readonly line: string }
  | { readonly kind: 'mutants'; readonly options: MutantsOptions }
  | { readonly kind: 'coverage'; readonly options: CoverageOptions; readonly share: Share }
  | { readonly kind: 'judge'; readonly input: GraphInput; readonly engine: EngineChoice };

/** What the command line says to its worker. */
export interface AbortMessage {
  readonly kind: 'abort';
}

/** What the worker says; 'done' or 'failed' is the last. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** An error as it crosses from one thread to another, where classes are lost. */
export type ErrorData =
  | { readonly kind: 'usage'; readonly message: string; readonly hint: string }
  | { readonly kind: 'other'; readonly name: string; readonly message: string; readonly stack: string };

export function errorData(error: unknown): ErrorData {
  if (error instanceof UsageError) return { kind: 'usage', message: error.message, hint: error.hint };
  if (error instanceof Error) {
    const { name, message, stack } = error;
    return { kind: 'other', name, message, stack: stack ?? message };
  }
  return { kind: 'other', name: 'Error', message: String(error), stack: String(error) };
}

export function errorFrom(data: ErrorData): Error {
  if (data.kind === 'usage') return new UsageError(data.message, data.hint);
  const error = new Error(data.message);
  error.name = data.name;
  error.stack = data.stack;
  return error;
}

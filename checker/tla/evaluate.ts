/** Evaluates constant definitions of a module: what the differential tests compare, and a calculator. */
import { EvaluationError } from './errors.ts';
import { Program } from './program.ts';
import { Interner } from './value/intern.ts';
import { show } from './value/show.ts';
import type { Value } from './value/value.ts';

function isInfinite(value: Value): boolean {
  return typeof value === 'object' && (value.kind === 'infinite' || value.kind === 'sequences');
}

/**
 * The values of definitions without parameters, as TLC prints them; undefined where there is none (TLC reports an
 * error there too).
 * @throws UsageError for a module that does not load, or a name that it does not define.
 */
export async function evaluateConstants(
  folder: string,
  module: string,
  names: readonly string[],
): Promise<(string | undefined)[]> {
  const program = await Program.load({ folder, module });
  return names.map((name) => {
    try {
      const value = program.predicate(name).compiled.body([undefined]);
      try {
        return show(new Interner().intern(value));
      } catch (error) {
        // What has no end is shown as it is defined.
        if (error instanceof EvaluationError && isInfinite(value)) return show(value);
        throw error;
      }
    } catch (error) {
      if (error instanceof EvaluationError || error instanceof RangeError) return undefined;
      throw error;
    }
  });
}

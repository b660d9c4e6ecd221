import { canonicalKey, type TraceValue } from './value.ts';

/** Where within data something is no TLA+ value, and why. */
export interface ValueProblem {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

const FORMS =
  'is no value: whole numbers, strings, booleans, arrays (sequences), objects (records), {"#set": […]}, ' +
  '{"#map": [[key, value], …]}, {"#tup": […]}, {"#bigint": "…"} and {"#model": "…"} are';
/** Nobody's state is nested so deep; a file that is would exhaust the stack of everything after this. */
const DEPTH_MAX = 100;

const problem = (what: string, ...path: (string | number)[]): ValueProblem => ({ path, what });

/**
 * The first thing that keeps data from being a TraceValue; null where it is one. Written out by hand because
 * every value of every state of a long trace passes here.
 */
export function valueProblem(data: unknown, depth = 0): ValueProblem | null {
  switch (typeof data) {
    case 'boolean':
    case 'string':
      return null;
    case 'number':
      if (Number.isSafeInteger(data)) return null;
      return problem('TLA+ has no fractions; whole numbers beyond 2^53 are written {"#bigint": "…"}');
    case 'object':
      if (data === null) return problem(FORMS);
      if (depth > DEPTH_MAX) return problem(`is nested more than ${DEPTH_MAX} deep`);
      return Array.isArray(data) ? elementsProblem(data, depth) : objectProblem(data, depth);
    default:
      return problem(FORMS);
  }
}

function elementsProblem(elements: readonly unknown[], depth: number): ValueProblem | null {
  for (let index = 0; index < elements.length; index++) {
    const found = valueProblem(elements[index], depth + 1);
    if (found !== null) return { ...found, path: [index, ...found.path] };
  }
  return null;
}

function objectProblem(data: object, depth: number): ValueProblem | null {
  const entries = Object.entries(data);
  const [first] = entries;
  if (first !== undefined && entries.length === 1 && first[0].startsWith('#')) {
    return markedProblem(first[0], first[1], depth);
  }
  for (const [name, value] of entries) {
    const found = name === '' || name.startsWith('#') ? problem(FORMS) : valueProblem(value, depth + 1);
    if (found !== null) return { ...found, path: [name, ...found.path] };
  }
  return null;
}

/** The forms whose one field begins with '#'. */
function markedProblem(mark: string, content: unknown, depth: number): ValueProblem | null {
  switch (mark) {
    case '#set':
    case '#tup':
      return Array.isArray(content) ? below(mark, elementsProblem(content, depth)) : problem(FORMS, mark);
    case '#map':
      return below(mark, mapProblem(content, depth));
    case '#bigint':
      return typeof content === 'string' && /^-?[0-9]+$/.test(content) ? null : problem(FORMS, mark);
    case '#model':
      return typeof content === 'string' && content !== '' ? null : problem(FORMS, mark);
    default:
      return problem(FORMS, mark);
  }
}

function below(name: string, found: ValueProblem | null): ValueProblem | null {
  return found === null ? null : { ...found, path: [name, ...found.path] };
}

function mapProblem(content: unknown, depth: number): ValueProblem | null {
  if (!Array.isArray(content)) return problem(FORMS);
  const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2;
  if (!content.every(isPair)) return problem('a function is a list of pairs [key, value]');
  const found = elementsProblem(content, depth);
  if (found !== null) return found;
  const pairs = content as readonly (readonly [TraceValue, TraceValue])[];
  const keys = new Set(pairs.map(([key]) => canonicalKey(key)));
  return keys.size === pairs.length ? null : problem('a key is there twice');
}

import { invariant, unreachable } from '../emulator/invariant.ts';

/**
 * A TLA+ value as data, in the notation of ITF (Apalache's ADR 015). A plain array is a sequence, a plain
 * object a record; names that begin with '#' are kept for the other kinds.
 */
export type TraceValue =
  | boolean
  | number
  | string
  | readonly TraceValue[]
  | { readonly '#bigint': string }
  | { readonly '#set': readonly TraceValue[] }
  | { readonly '#tup': readonly TraceValue[] }
  | { readonly '#map': readonly (readonly [TraceValue, TraceValue])[] }
  | { readonly '#model': string }
  | { readonly [field: string]: TraceValue };

/** One state: a value for every variable. */
export type TraceState = { readonly [variable: string]: TraceValue };

/** A value taken apart by kind, so that a switch over it is complete. */
export type ValueView =
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly digits: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'set'; readonly elements: readonly TraceValue[] }
  | { readonly kind: 'sequence'; readonly elements: readonly TraceValue[] }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [string, TraceValue])[] }
  | { readonly kind: 'function'; readonly pairs: readonly (readonly [TraceValue, TraceValue])[] };

/**
 * The kind of a value as TLA+ sees it: a function on 1..n is the sequence, a function on strings is the
 * record, and there is one empty function, the empty sequence.
 * @throws InternalFault for data that is no value; readers have refused that before.
 */
export function viewOf(value: TraceValue): ValueView {
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'number') {
    invariant(Number.isSafeInteger(value), `${value} is no whole number`);
    return { kind: 'integer', digits: value === 0 ? '0' : String(value) };
  }
  if (Array.isArray(value)) return { kind: 'sequence', elements: value as readonly TraceValue[] };
  return viewOfObject(value as { readonly [field: string]: TraceValue });
}

function viewOfObject(value: { readonly [field: string]: unknown }): ValueView {
  const names = Object.keys(value);
  const first = names[0];
  if (first === undefined) return { kind: 'sequence', elements: [] };
  if (!first.startsWith('#')) {
    return { kind: 'record', fields: Object.entries(value) as [string, TraceValue][] };
  }
  const content = value[first];
  switch (first) {
    case '#bigint':
      return { kind: 'integer', digits: String(BigInt(content as string)) };
    case '#model':
      return { kind: 'model', name: content as string };
    case '#set':
      return { kind: 'set', elements: content as readonly TraceValue[] };
    case '#tup':
      return { kind: 'sequence', elements: content as readonly TraceValue[] };
    case '#map':
      return viewOfMap(content as readonly (readonly [TraceValue, TraceValue])[]);
    default:
      invariant(false, `no kind of value is called ${first}`);
  }
}

function viewOfMap(pairs: readonly (readonly [TraceValue, TraceValue])[]): ValueView {
  if (pairs.every(([key]) => typeof key === 'string') && pairs.length > 0) {
    return { kind: 'record', fields: pairs as readonly (readonly [string, TraceValue])[] };
  }
  const elements = new Array<TraceValue | undefined>(pairs.length).fill(undefined);
  for (const [key, element] of pairs) {
    const view = typeof key === 'string' ? undefined : viewOf(key);
    const index = view?.kind === 'integer' ? Number(view.digits) : 0;
    if (!(index >= 1 && index <= pairs.length)) return { kind: 'function', pairs };
    elements[index - 1] = element;
  }
  const whole = elements.filter((element) => element !== undefined);
  return whole.length === pairs.length ? { kind: 'sequence', elements: whole } : { kind: 'function', pairs };
}

/** Equal values, and only those, have the same key: order within sets, records and functions is immaterial. */
export function canonicalKey(value: TraceValue): string {
  const view = viewOf(value);
  switch (view.kind) {
    case 'boolean':
      return view.value ? 'T' : 'F';
    case 'integer':
      return view.digits;
    case 'string':
      return JSON.stringify(view.value);
    case 'model':
      return `@${JSON.stringify(view.name)}`;
    case 'sequence':
      return `<${view.elements.map(canonicalKey).join(',')}>`;
    case 'set':
      return `{${[...new Set(view.elements.map(canonicalKey))].sort().join(',')}}`;
    case 'record':
      return `[${view.fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalKey(field)}`).sort()}]`;
    case 'function':
      return `(${view.pairs.map(([key, element]) => `${canonicalKey(key)}:${canonicalKey(element)}`).sort()})`;
    default:
      return unreachable(view);
  }
}

/** The value in TLA+ notation, on one line; elements of sets in canonical order, fields as they are given. */
export function formatValue(value: TraceValue): string {
  const view = viewOf(value);
  switch (view.kind) {
    case 'boolean':
      return view.value ? 'TRUE' : 'FALSE';
    case 'integer':
      return view.digits;
    case 'string':
      return JSON.stringify(view.value);
    case 'model':
      return view.name;
    case 'sequence':
      return view.elements.length === 0 ? '<<>>' : `<<${view.elements.map(formatValue).join(', ')}>>`;
    case 'set':
      return `{${inOrder(view.elements).map(formatValue).join(', ')}}`;
    case 'record':
      return `[${view.fields.map(([name, field]) => `${name} |-> ${formatValue(field)}`).join(', ')}]`;
    case 'function':
      return `(${view.pairs.map(([key, element]) => `${formatValue(key)} :> ${formatValue(element)}`).join(' @@ ')})`;
    default:
      return unreachable(view);
  }
}

/** The distinct elements: numbers by size, everything else by canonical key. */
function inOrder(elements: readonly TraceValue[]): TraceValue[] {
  const byKey = new Map(elements.map((element) => [canonicalKey(element), element]));
  return [...byKey]
    .sort(([keyA, a], [keyB, b]) =>
      typeof a === 'number' && typeof b === 'number' ? a - b : keyA < keyB ? -1 : 1,
    )
    .map(([, element]) => element);
}

/**
 * Data as a trace value: JavaScript's sets, maps and big integers become their ITF forms.
 * @throws InternalFault for what TLA+ has no value for (null, undefined, fractions, functions).
 */
export function toTraceValue(data: unknown): TraceValue {
  if (typeof data === 'boolean' || typeof data === 'string') return data;
  if (typeof data === 'number') {
    invariant(Number.isSafeInteger(data), `${data} is no TLA+ value`);
    return data;
  }
  if (typeof data === 'bigint') return { '#bigint': String(data) };
  if (Array.isArray(data)) return data.map(toTraceValue);
  if (data instanceof Set) return { '#set': [...data].map(toTraceValue) };
  if (data instanceof Map) {
    return { '#map': [...data].map(([key, value]) => [toTraceValue(key), toTraceValue(value)] as const) };
  }
  invariant(typeof data === 'object' && data !== null, `${String(data)} is no TLA+ value`);
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, toTraceValue(value)]));
}

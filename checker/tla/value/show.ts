/** Values as TLA+ text, in the form in which TLC prints them. */
import { elementsOf, isReducible } from './sets.ts';
import type { FunctionValue, RecordValue, Tuple, Value } from './value.ts';

/** The text of a string literal. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"\n\t\r\f]/g, (c) => ESCAPES[c] ?? c)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\f': '\\f',
};

const IDENTIFIER = /^[A-Za-z0-9_]*[A-Za-z][A-Za-z0-9_]*$/;

function showFunction(value: FunctionValue | RecordValue): string {
  const domain = value.kind === 'record' ? value.names : value.domain;
  const parts = domain.map((key, i) => `${show(key)} :> ${show(value.values[i] as Value)}`);
  return `(${parts.join(' @@ ')})`;
}

/** The value in TLA+'s notation; sets that cannot be enumerated as their definition. */
export function show(value: Value): string {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value);
  switch (value.kind) {
    case 'model':
      return value.name;
    case 'tuple':
      return showTuple(value);
    case 'record':
      if (!value.names.every((name) => IDENTIFIER.test(name))) return showFunction(value);
      return `[${value.names.map((name, i) => `${name} |-> ${show(value.values[i] as Value)}`).join(', ')}]`;
    case 'function':
      return showFunction(value);
    case 'lazy function':
      return `[x \\in ${show(value.domain)} |-> …]`;
    case 'set':
      return `{${value.items.map(show).join(', ')}}`;
    case 'interval':
      return `${value.low}..${value.high}`;
    case 'infinite':
      return value.name;
    case 'power set':
      return `SUBSET ${show(value.base)}`;
    case 'function set':
      return `[${show(value.domain)} -> ${show(value.range)}]`;
    case 'record set':
      return `[${value.names.map((name, i) => `${name}: ${show(value.sets[i] as Value)}`).join(', ')}]`;
    case 'product':
      return `(${value.sets.map(show).join(' \\X ')})`;
    case 'sequences':
      return `Seq(${show(value.base)})`;
    case 'filter':
      return `{x \\in ${show(value.base)} : …}`;
    case 'union':
      return `UNION ${show(value.base)}`;
    case 'combined':
      return `(${show(value.left)} ${SYMBOLS[value.op]} ${show(value.right)})`;
  }
}

const SYMBOLS = { cup: '\\cup', cap: '\\cap', minus: '\\' } as const;

function showTuple(value: Tuple): string {
  return `<<${value.items.map(show).join(', ')}>>`;
}

/** As `show`, with every finite set enumerated and sorted: equal values give equal texts. */
export function showSorted(value: Value): string {
  if (typeof value === 'object' && value.kind === 'set') elementsOf(value);
  if (typeof value === 'object' && !isReducible(value) && 'enumerated' in value) {
    return `{${elementsOf(value).map(showSorted).join(', ')}}`;
  }
  return show(value);
}

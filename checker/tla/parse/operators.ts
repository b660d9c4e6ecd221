/** The operators of TLA+ with their precedence ranges (Specifying Systems, table 6, as SANY 2.2 has them). */

export interface Operator {
  readonly name: string;
  readonly fix: 'prefix' | 'infix' | 'postfix';
  readonly low: number;
  readonly high: number;
  readonly left: boolean;
}

const table = new Map<string, Operator>();
const prefixes = new Map<string, Operator>();

function infix(low: number, high: number, left: boolean, names: string): void {
  for (const name of names.split(' ')) table.set(name, { name, fix: 'infix', low, high, left });
}

infix(1, 1, false, '=>');
infix(2, 2, false, '~> \\equiv -+->');
infix(3, 3, true, '\\land \\lor');
infix(
  5,
  5,
  false,
  '= /= \\subseteq \\in \\notin < \\leq > \\geq |- |= -| =| := ::= \\prec \\succ \\preceq \\succeq \\sim \\simeq ' +
    '\\ll \\gg \\asymp \\subset \\supset \\supseteq \\approx \\cong \\sqsubset \\sqsubseteq \\sqsupset \\sqsupseteq ' +
    '\\doteq \\propto',
);
infix(5, 14, true, '\\cdot');
infix(6, 6, true, '@@');
infix(7, 7, false, '<: :>');
infix(8, 8, false, '\\');
infix(8, 8, true, '\\cap \\cup');
infix(9, 9, false, '.. ...');
infix(9, 13, true, '$$ $ ?? ## \\uplus \\sqcap \\sqcup');
infix(9, 13, false, '!!');
infix(9, 14, false, '\\wr');
infix(10, 10, true, '+ ++ \\oplus');
infix(10, 11, true, '| || %%');
infix(10, 11, false, '%');
infix(10, 13, true, '\\X');
infix(11, 11, true, '- -- \\ominus');
infix(13, 13, true, '* && & ** \\odot \\otimes \\star \\o \\bigcirc \\bullet');
infix(13, 13, false, '/ // \\oslash \\div');
infix(14, 14, false, '^ ^^');

for (const name of ["'", '^+', '^*', '^#']) {
  table.set(name, { name, fix: 'postfix', low: 15, high: 15, left: false });
}
function prefix(low: number, high: number, left: boolean, names: string): void {
  for (const name of names.split(' ')) prefixes.set(name, { name, fix: 'prefix', low, high, left });
}
prefix(4, 4, true, '\\lnot');
prefix(4, 15, false, '[] <> ENABLED UNCHANGED');
prefix(10, 13, false, 'SUBSET UNION DOMAIN');
prefix(12, 12, false, '-.');

const SYNONYMS: Readonly<Record<string, string>> = {
  '/\\': '\\land',
  '∧': '\\land',
  '\\/': '\\lor',
  '∨': '\\lor',
  '~': '\\lnot',
  '\\neg': '\\lnot',
  '#': '/=',
  '<=>': '\\equiv',
  '<=': '\\leq',
  '=<': '\\leq',
  '>=': '\\geq',
  '\\times': '\\X',
  '\\intersect': '\\cap',
  '\\union': '\\cup',
  '\\mod': '%',
  '(+)': '\\oplus',
  '(-)': '\\ominus',
  '(.)': '\\odot',
  '(/)': '\\oslash',
  '(\\X)': '\\otimes',
  '\\circ': '\\o',
};

/** The one name of an operator that has several spellings. */
export function canonical(symbol: string): string {
  return SYNONYMS[symbol] ?? symbol;
}

/** The infix or postfix operator of that (canonical) name. */
export function operatorNamed(name: string): Operator | undefined {
  return table.get(name);
}

export function prefixNamed(name: string): Operator | undefined {
  return prefixes.get(name);
}

/** Every infix operator, by canonical name. */
export function infixOperators(): string[] {
  return [...table.values()].filter((operator) => operator.fix === 'infix').map((operator) => operator.name);
}

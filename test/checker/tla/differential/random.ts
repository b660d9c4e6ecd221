/** Random expressions and specs, the same for the same seed. */

/** A small generator of numbers (mulberry32). */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  private next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** 0 … sides - 1. */
  roll(sides: number): number {
    return Math.floor(this.next() * sides);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.roll(items.length)] as T;
  }
}

type Type = 'int' | 'bool' | 'set' | 'sets' | 'seq' | 'fun' | 'rec' | 'str';

/** Names in scope by type, and how deep an expression may still be. */
interface Scope {
  readonly names: Readonly<Partial<Record<Type, readonly string[]>>>;
  readonly depth: number;
}

export class ExpressionMaker {
  private readonly dice: Dice;
  private names = 0;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  private fresh(): string {
    this.names++;
    return `v${this.names}`;
  }

  private bind(scope: Scope, type: Type, name: string): Scope {
    return {
      names: { ...scope.names, [type]: [...(scope.names[type] ?? []), name] },
      depth: scope.depth - 1,
    };
  }

  any(scope: Scope = { names: {}, depth: 4 }): string {
    return this.of(this.dice.pick(['int', 'bool', 'set', 'sets', 'seq', 'fun', 'rec', 'str']), scope);
  }

  of(type: Type, outer: Scope): string {
    const known = outer.names[type] ?? [];
    if (known.length > 0 && this.dice.roll(3) === 0) return this.dice.pick(known);
    if (outer.depth <= 0) return this.leaf(type);
    const scope = { ...outer, depth: outer.depth - 1 };
    if (this.dice.roll(9) === 0) return this.choice(type, scope);
    switch (type) {
      case 'int':
        return this.int(scope);
      case 'bool':
        return this.bool(scope);
      case 'set':
        return this.set(scope);
      case 'sets':
        return this.sets(scope);
      case 'seq':
        return this.seq(scope);
      case 'fun':
        return this.fun(scope);
      case 'rec':
        return this.rec(scope);
      case 'str':
        return this.str(scope);
    }
  }

  private leaf(type: Type): string {
    const { dice } = this;
    switch (type) {
      case 'int':
        return dice.pick(['0', '1', '2', '3', '(-1)', '5', '2147483647']);
      case 'bool':
        return dice.pick(['TRUE', 'FALSE']);
      case 'set':
        return dice.pick(['{}', '{1}', '{1, 2}', '{3, 1, 1}', '1..3', '0..1', '3..1']);
      case 'sets':
        return dice.pick(['{}', '{{}}', '{{1}, {2, 1}}', '(SUBSET {1, 2})', '{1..2, {2, 1}}']);
      case 'seq':
        return dice.pick(['<<>>', '<<1>>', '<<2, 1>>', '<<3, 3, 1>>']);
      case 'fun':
        return dice.pick([
          '[i \\in {2, 4} |-> i]',
          '(2 :> 1 @@ 4 :> 3)',
          '[i \\in {0, 2} |-> 7]',
          '<<4, 5>>',
        ]);
      case 'rec':
        return dice.pick(['[a |-> 1, b |-> 2]', '[b |-> 3, a |-> 0]', '[a |-> 2, b |-> 2]']);
      case 'str':
        return dice.pick(['"a"', '"b"', '"c"', '""']);
    }
  }

  /** Forms that any type may have. */
  private choice(type: Type, scope: Scope): string {
    const name = this.fresh();
    switch (this.dice.roll(6)) {
      case 0:
        return `(IF ${this.of('bool', scope)} THEN ${this.of(type, scope)} ELSE ${this.of(type, scope)})`;
      case 1:
        return `(LET ${name} == ${this.of('int', scope)} IN ${this.of(type, this.bind(scope, 'int', name))})`;
      case 2: {
        const inner = this.bind(scope, 'int', `${name}p`);
        return `(LET ${name}(${name}p) == ${this.of(type, inner)} IN ${name}(${this.of('int', scope)}))`;
      }
      case 3:
        return `(CASE ${this.of('bool', scope)} -> ${this.of(type, scope)} [] ${this.of('bool', scope)} -> ${this.of(type, scope)} [] OTHER -> ${this.of(type, scope)})`;
      case 4:
        return `<<${this.of('int', scope)}, ${this.of(type, scope)}>>[2]`;
      default:
        return `[a |-> ${this.of(type, scope)}, b |-> ${this.of('int', scope)}].a`;
    }
  }

  private int(scope: Scope): string {
    const { dice } = this;
    const int = (): string => this.of('int', scope);
    switch (dice.roll(12)) {
      case 0:
      case 1:
        return `(${int()} ${dice.pick(['+', '-', '*'])} ${int()})`;
      case 2:
        return `(${int()} ${dice.pick(['\\div', '%'])} ${dice.pick(['2', '3', int()])})`;
      case 3:
        return `Cardinality(${this.of(dice.pick(['set', 'sets']), scope)})`;
      case 4:
        return `Len(${this.of('seq', scope)})`;
      case 5:
        return `${dice.pick(['Head', 'Tail'])}(${this.of('seq', scope)})`.replace(
          /^Tail(.*)$/s,
          'Len(Tail$1)',
        );
      case 6: {
        const name = this.fresh();
        const inner = this.bind(scope, 'int', name);
        return `(CHOOSE ${name} \\in ${this.of('set', scope)} : ${this.of('bool', inner)})`;
      }
      case 7:
        return `${this.of('seq', scope)}[${dice.pick(['1', '2', int()])}]`;
      case 8:
        return `${this.of('rec', scope)}.${dice.pick(['a', 'b'])}`;
      case 9:
        return `${this.of('fun', scope)}[${dice.pick(['2', '2', int()])}]`;
      case 10:
        return `(-${this.of('int', { ...scope, depth: 0 }).replace('(-1)', '1')})`;
      default:
        return `(${dice.pick(['2', '3'])}^${dice.pick(['0', '1', '2', '5'])})`;
    }
  }

  private bool(scope: Scope): string {
    const { dice } = this;
    const bool = (): string => this.of('bool', scope);
    switch (dice.roll(12)) {
      case 0:
      case 1:
        return `(${bool()} ${dice.pick(['/\\', '\\/', '=>', '<=>'])} ${bool()})`;
      case 2:
        return `(~${bool()})`;
      case 3:
      case 4:
        return `(${this.of('int', scope)} ${dice.pick(['<', '>', '<=', '>=', '=', '#'])} ${this.of('int', scope)})`;
      case 5: {
        const type = dice.pick<Type>(['set', 'sets', 'seq', 'rec', 'str', 'fun', 'bool']);
        // Now and then two types: most such comparisons are errors.
        const other = dice.roll(12) === 0 ? dice.pick<Type>(['int', 'seq', 'rec', 'set']) : type;
        return `(${this.of(type, scope)} ${dice.pick(['=', '#'])} ${this.of(other, scope)})`;
      }
      case 6:
        return `(${this.of('int', scope)} ${dice.pick(['\\in', '\\notin'])} ${this.of('set', scope)})`;
      case 7:
        return `(${this.of('set', scope)} ${dice.pick(['\\in', '\\notin'])} ${this.of('sets', scope)})`;
      case 8:
        return `(${this.of('set', scope)} \\subseteq ${this.of('set', scope)})`;
      case 9:
        return this.membership(scope);
      default: {
        const name = this.fresh();
        const inner = this.bind(scope, 'int', name);
        return `(${dice.pick(['\\A', '\\E'])} ${name} \\in ${this.of('set', scope)} : ${this.of('bool', inner)})`;
      }
    }
  }

  private membership(scope: Scope): string {
    const { dice } = this;
    switch (dice.roll(7)) {
      case 0:
        return `(${this.of('seq', scope)} \\in Seq(${dice.pick(['Nat', '1..3'])}))`;
      case 1:
        return `(${this.of('rec', scope)} \\in [a : ${this.of('set', scope)}, b : Int])`;
      case 2:
        return `(${this.of('fun', scope)} \\in [{2, 4} -> ${dice.pick(['Nat', '{1, 3}', this.of('set', scope)])}])`;
      case 3:
        return `(${this.of('set', scope)} \\in SUBSET ${dice.pick(['Nat', '(1..3)'])})`;
      case 4:
        return `(<<${this.of('int', scope)}, ${this.of('int', scope)}>> \\in (${this.of('set', scope)} \\X Int))`;
      case 5:
        return `(${this.of('str', scope)} \\in STRING)`;
      default:
        return `(${this.of('bool', scope)} \\in BOOLEAN)`;
    }
  }

  private set(scope: Scope): string {
    const { dice } = this;
    const set = (): string => this.of('set', scope);
    const name = this.fresh();
    const inner = this.bind(scope, 'int', name);
    switch (dice.roll(9)) {
      case 0:
      case 1:
        return `(${set()} ${dice.pick(['\\cup', '\\cap', '\\'])} ${set()})`;
      case 2:
        return `{${name} \\in ${set()} : ${this.of('bool', inner)}}`;
      case 3:
        return `{${this.of('int', inner)} : ${name} \\in ${set()}}`;
      case 4:
        return `{${this.of('int', scope)}, ${this.of('int', scope)}}`;
      case 5:
        return `(UNION ${this.of('sets', scope)})`;
      case 6:
        return `(DOMAIN ${this.of(dice.pick(['seq', 'fun']), scope)})`;
      case 7:
        return `(${dice.pick(['0', '1'])}..${dice.pick(['2', '4', 'Len(<<1, 2>>)'])})`;
      default:
        return `{${name} \\in 0..4 : ${name} % 2 = ${dice.pick(['0', '1'])}}`;
    }
  }

  private sets(scope: Scope): string {
    const { dice } = this;
    const name = this.fresh();
    switch (dice.roll(5)) {
      case 0:
        return `{${this.of('set', scope)}, ${this.of('set', scope)}}`;
      case 1:
        return `(${this.of('sets', scope)} ${dice.pick(['\\cup', '\\cap', '\\'])} ${this.of('sets', scope)})`;
      case 2:
        return `{${name} \\in SUBSET (1..3) : ${this.of('bool', this.bind(scope, 'set', name))}}`;
      case 3:
        return `{${this.of('set', this.bind(scope, 'int', name))} : ${name} \\in 1..3}`;
      default:
        return `(SUBSET {${this.of('int', { ...scope, depth: 0 })}, 2})`;
    }
  }

  private seq(scope: Scope): string {
    const { dice } = this;
    const seq = (): string => this.of('seq', scope);
    const name = this.fresh();
    switch (dice.roll(8)) {
      case 0:
        return `Append(${seq()}, ${this.of('int', scope)})`;
      case 1:
        return `(${seq()} \\o ${seq()})`;
      case 2:
        return `Tail(${seq()})`;
      case 3:
        return `SubSeq(${seq()}, ${dice.pick(['1', '2'])}, ${dice.pick(['1', '2', '3'])})`;
      case 4:
        return `[${name} \\in 1..${dice.pick(['0', '2', '3'])} |-> ${this.of('int', this.bind(scope, 'int', name))}]`;
      case 5:
        return `[${seq()} EXCEPT ![${dice.pick(['1', '2'])}] = ${dice.pick(['@ + 1', this.of('int', scope)])}]`;
      case 6:
        return `SelectSeq(${seq()}, LAMBDA ${name} : ${this.of('bool', this.bind(scope, 'int', name))})`;
      default:
        return `<<${this.of('int', scope)}, ${this.of('int', scope)}>>`;
    }
  }

  private fun(scope: Scope): string {
    const { dice } = this;
    const name = this.fresh();
    switch (dice.roll(4)) {
      case 0:
        return `[${name} \\in {2, 4, ${dice.pick(['1', '3', '6'])}} |-> ${this.of('int', this.bind(scope, 'int', name))}]`;
      case 1:
        return `(${this.of('int', scope)} :> ${this.of('int', scope)} @@ ${this.of('fun', scope)})`;
      case 2:
        return `[${this.of('fun', scope)} EXCEPT ![2] = ${dice.pick(['@', '@ * 2', this.of('int', scope)])}]`;
      default:
        return `[${name} \\in ${this.of('set', scope)} |-> ${this.of('int', this.bind(scope, 'int', name))}]`;
    }
  }

  private rec(scope: Scope): string {
    const { dice } = this;
    const name = this.fresh();
    switch (dice.roll(4)) {
      case 0:
        return `[a |-> ${this.of('int', scope)}, b |-> ${this.of('int', scope)}]`;
      case 1:
        return `[${this.of('rec', scope)} EXCEPT !.${dice.pick(['a', 'b'])} = ${dice.pick(['@ - 1', this.of('int', scope)])}]`;
      case 2:
        return `(CHOOSE ${name} \\in [a : {2, 1}, b : ${this.of('set', scope)}] : ${this.of('bool', this.bind(scope, 'rec', name))})`;
      default:
        return `[${name} \\in {"a", "b"} |-> ${this.of('int', scope)}]`;
    }
  }

  private str(scope: Scope): string {
    const { dice } = this;
    const name = this.fresh();
    switch (dice.roll(3)) {
      case 0:
        return `(CHOOSE ${name} \\in {"c", "b", "a"} : ${this.of('bool', this.bind(scope, 'str', name))})`;
      case 1:
        return `(${this.of('str', scope)} \\o ${this.of('str', scope)})`;
      default:
        return this.leaf('str');
    }
  }
}

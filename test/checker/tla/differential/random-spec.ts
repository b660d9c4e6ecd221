/** Random specs with a finite number of states, the same for the same seed. */
import { Dice, ExpressionMaker } from './random.ts';

/** The variables: an integer, a set, a sequence and a function. */
const SCOPE = { names: { int: ['x'], set: ['s'], seq: ['q'], fun: ['f'] }, depth: 2 };

class SpecMaker {
  private readonly dice: Dice;
  private readonly maker: ExpressionMaker;
  private names = 0;
  readonly definitions: string[] = [];
  private readonly prefix: string;

  constructor(seed: number, prefix: string) {
    this.dice = new Dice(seed);
    this.maker = new ExpressionMaker(this.dice);
    this.prefix = prefix;
  }

  private guard(names: readonly string[]): string {
    const scope = { names: { ...SCOPE.names, int: ['x', ...names] }, depth: 1 };
    return this.dice.pick([
      () => `x ${this.dice.pick(['<', '>', '=', '#'])} ${this.dice.roll(4)}`,
      () => `${this.dice.roll(3)} ${this.dice.pick(['\\in', '\\notin'])} s`,
      () => `Len(q) < ${this.dice.roll(3)}`,
      () => `q # <<>> /\\ Head(q) = ${this.dice.roll(3)}`,
      () => `(\\E w \\in s : w > ${this.dice.roll(3)})`,
      () => `f[2] ${this.dice.pick(['<', '='])} f[4]`,
      () => `${this.small(names)} \\in ${this.maker.of('set', { ...scope, depth: 0 })}`,
    ])();
  }

  private small(names: readonly string[]): string {
    return this.dice.pick(['0', '1', '2', 'x', 'f[2]', 'Len(q)', ...names, ...names]);
  }

  private assign(variable: string, names: readonly string[]): string {
    const { dice } = this;
    const value = (): string => this.small(names);
    switch (variable) {
      case 'x':
        return dice.pick([
          () => `x' = (${value()} + ${value()}) % 4`,
          () => `x' \\in {${value()}, ${value()}}`,
          () => "x' \\in s \\cup {0}",
          () => 'UNCHANGED x',
        ])();
      case 's':
        return dice.pick([
          () => `s' = (s \\cup {${value()} % 3}) \\cap 0..2`,
          () => `s' = s \\ {${value()}}`,
          () => `s' \\in SUBSET ((0..1) \\cap {${value()}})`,
          () => `s' = {w \\in 0..2 : w # ${value()}}`,
        ])();
      case 'q':
        return dice.pick([
          () => `q' = (IF Len(q) < 2 THEN Append(q, ${value()} % 3) ELSE Tail(q))`,
          () => `q' = (IF q = <<>> THEN <<${value()} % 3>> ELSE <<>>)`,
          () => `q' \\in {q, <<x % 3>>}`,
          () => "q' = [i \\in DOMAIN q |-> q[Len(q) + 1 - i]]",
        ])();
      default:
        return dice.pick([
          () => `f' = [f EXCEPT ![${dice.pick(['2', '4'])}] = (${dice.pick(['@', value()])} + 1) % 3]`,
          () => `f' = (2 :> f[4] @@ f)`,
          () => `f' = [i \\in {2, 4} |-> ${value()} % 3]`,
          () => "f' = f",
        ])();
    }
  }

  /** A formula that gives every variable in `todo` its next value. */
  private action(todo: readonly string[], names: readonly string[], depth: number): string {
    const { dice } = this;
    if (depth > 0) {
      switch (dice.roll(9)) {
        case 0:
          return `(${this.action(todo, names, depth - 1)} \\/ ${this.action(todo, names, depth - 1)})`;
        case 1: {
          const name = `e${++this.names}`;
          return `(\\E ${name} \\in ${dice.pick(['s', '0..1', '{0, 2}'])} : ${this.action(todo, [...names, name], depth - 1)})`;
        }
        case 2:
          return `(IF ${this.guard(names)} THEN ${this.action(todo, names, depth - 1)} ELSE ${this.action(todo, names, depth - 1)})`;
        case 3: {
          const name = `l${++this.names}`;
          return `(LET ${name} == ${this.small(names)} IN ${this.action(todo, [...names, name], depth - 1)})`;
        }
        case 4:
          return `(CASE ${this.guard(names)} -> ${this.action(todo, names, depth - 1)} [] OTHER -> ${this.action(todo, names, depth - 1)})`;
        case 5: {
          const name = `${this.prefix}A${++this.names}`;
          this.definitions.push(`${name}(p) == ${this.action(todo, ['p'], depth - 1)}`);
          return `${name}(${this.small(names)})`;
        }
        case 6:
          return `(${this.guard(names)} /\\ ${this.action(todo, names, depth - 1)})`;
        case 7:
          if (todo.length > 1) {
            const rest = todo.slice(1);
            const first = todo.slice(0, 1);
            return `(${this.action(first, names, depth - 1)} /\\ ${this.action(rest, names, depth - 1)})`;
          }
          break;
        default:
      }
    }
    const parts = todo.map((variable) => this.assign(variable, names));
    if (dice.roll(3) === 0) parts.unshift(this.guard(names));
    if (dice.roll(4) === 0) parts.push(`x' ${dice.pick(['>=', '#'])} ${dice.roll(2)}`);
    return todo.includes('x') || !parts.some((part) => part.startsWith("x' >=") || part.startsWith("x' #"))
      ? `(${parts.join(' /\\ ')})`
      : `(${parts.slice(0, -1).join(' /\\ ')})`;
  }

  next(): string {
    const order = this.dice.pick([
      ['x', 's', 'q', 'f'],
      ['f', 'q', 'x', 's'],
      ['q', 'x', 'f', 's'],
    ]);
    return `(${this.action(order, [], 4)} \\/ ${this.action(order, [], 2)})`;
  }

  init(): string {
    const { dice } = this;
    const x = dice.pick(['x = 0', 'x \\in 0..1', 'x \\in {2, 3}']);
    const s = dice.pick(['s = {}', 's \\in SUBSET {0, 1}', 's = {1, 2}']);
    return `${x} /\\ ${s} /\\ q = <<>> /\\ f = ${dice.pick(['[i \\in {2, 4} |-> 0]', '(2 :> 1 @@ 4 :> 2)', '(2 :> x % 3 @@ 4 :> 0)'])}`;
  }
}

/** A module of `count` specs side by side: the variable k says to which one a state belongs. */
export function randomSpecs(seed: number, count: number): string {
  const definitions: string[] = [];
  const inits: string[] = [];
  const nexts: string[] = [];
  for (let k = 1; k <= count; k++) {
    const maker = new SpecMaker(seed * 1000 + k, `S${k}`);
    const init = maker.init();
    const next = maker.next();
    definitions.push(...maker.definitions, `Init${k} == ${init}`, `Next${k} == ${next}`);
    inits.push(`k = ${k} /\\ Init${k}`);
    nexts.push(`k = ${k} /\\ Next${k} /\\ k' = k`);
  }
  const list = (items: readonly string[]): string => items.map((item) => `  \\/ ${item}`).join('\n');
  return [
    'EXTENDS Integers, Sequences, FiniteSets, TLC',
    'VARIABLES k, x, s, q, f',
    ...definitions,
    `Init ==\n${list(inits)}`,
    `Next ==\n${list(nexts)}`,
  ].join('\n');
}

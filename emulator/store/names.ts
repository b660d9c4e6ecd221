/** Strings by number: each has one, from 0 on, in the order in which they were first seen. */
export class Names {
  private readonly list: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.list.length;
      this.list.push(name);
      this.numbers.set(name, number);
    }
    return number;
  }

  nameOf(number: number): string {
    const name = this.list[number];
    if (name === undefined) throw new RangeError(`no name ${number}`);
    return name;
  }
}

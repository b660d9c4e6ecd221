/**
 * Which joint a run comes to after which. Between two joints nothing is left to chance, so each has one
 * successor, or its run ends. A line may stop at a joint that is known; that some line really came to an end
 * from there is seen here, once all have been explored.
 */

/** Index of a joint's contents, in the order in which they were first met. */
export type JointId = number & { readonly __brand: 'JointId' };

export class Succession {
  private readonly next = new Map<JointId, JointId | 'end'>();
  /**
   * False once a joint was seen to have two successors: what was taken for equal was not, and whoever joined
   * runs by it was wrong.
   */
  isUnique = true;

  follow(from: JointId, to: JointId | 'end'): void {
    const known = this.next.get(from);
    if (known !== undefined && known !== to) this.isUnique = false;
    this.next.set(from, to);
  }

  /** One joint of each circle of joints: from it, a run without another failure never ends. */
  circles(): JointId[] {
    const found: JointId[] = [];
    const seen = new Set<JointId>();
    for (const start of this.next.keys()) {
      const path = new Set<JointId>();
      let at: JointId | 'end' | undefined = start;
      while (at !== undefined && at !== 'end' && !seen.has(at)) {
        seen.add(at);
        path.add(at);
        at = this.next.get(at);
      }
      if (at !== undefined && at !== 'end' && path.has(at)) found.push(at);
    }
    return found;
  }
}

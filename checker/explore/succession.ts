/**
 * Which joint a run comes to after which. Between two joints nothing is left to chance, so each has one
 * successor, or its run ends.
 */

/** The first seen member of each circle: from it, a run without another failure never ends. */
export function circlesOf<T>(next: (at: T) => T | null, all: Iterable<T>): T[] {
  const found: T[] = [];
  const seen = new Set<T>();
  for (const start of all) {
    const path = new Set<T>();
    let at: T | null = start;
    while (at !== null && !seen.has(at)) {
      seen.add(at);
      path.add(at);
      at = next(at);
    }
    if (at !== null && path.has(at)) found.push(at);
  }
  return found;
}

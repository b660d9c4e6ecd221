import { stripVTControlCharacters } from 'node:util';

/** Characters that a text takes on the screen; escape sequences take none. */
export function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/**
 * Lines of a table with its columns aligned, one letter of `align` a column: l or r. Cells may be coloured.
 * Two spaces stand between columns, none at the end of a line.
 */
export function table(rows: readonly (readonly string[])[], align: string): string[] {
  const widths = [...align].map((_, column) =>
    Math.max(0, ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const pad = ' '.repeat((widths[column] ?? 0) - visibleLength(cell));
        return align[column] === 'r' ? pad + cell : cell + pad;
      })
      .join('  ')
      .trimEnd(),
  );
}

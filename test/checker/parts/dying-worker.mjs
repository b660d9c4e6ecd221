// A worker that dies at some parts: at 3 always, at 5 the first time that it is tried.
import { existsSync, writeFileSync } from 'node:fs';

export default function explorePart({ of, segment }) {
  if (segment === 3) process.exit(1);
  if (segment === 5 && !existsSync(of.subject.workload)) {
    writeFileSync(of.subject.workload, '');
    process.exit(1);
  }
  if (segment === 9) throw new Error('an error of the work itself');
  return { segment };
}

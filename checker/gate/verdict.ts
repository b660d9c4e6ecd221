import type { Certificate, Verdict, WorkloadReport } from '../report/model.ts';

/** Why a workload's result cannot count as consistent although no finding was made. */
export function doubtsOf(report: WorkloadReport): string[] {
  const doubts = [...report.undecided, ...report.vacuous.map((what) => `vacuous: ${what}`)];
  doubts.push(...doubtsOfCertificate(report.certificate));
  if (report.engines.length === 0) doubts.push('no engine has checked the graph');
  for (const engine of report.engines) {
    if (engine.edges === 0) doubts.push(`vacuous: the ${engine.name} engine was given no step`);
    if (engine.badEdges > 0 && report.findings.length === 0) {
      doubts.push(`the ${engine.name} engine has ${engine.badEdges} bad edges and no finding names them`);
    }
  }
  const [first, second] = report.engines;
  if (first !== undefined && second !== undefined && !enginesAgree(report)) {
    doubts.push(`the engines disagree: ${first.name} ${first.badEdges}, ${second.name} ${second.badEdges}`);
  }
  return [...new Set(doubts)];
}

/** True where every engine saw the same graph and the same number of bad edges in it. */
export function enginesAgree(report: WorkloadReport): boolean {
  const [first, ...others] = report.engines;
  return others.every(
    (other) =>
      other.badEdges === first?.badEdges && other.edges === first.edges && other.states === first.states,
  );
}

/** Where found = run + equal = expected does not hold, in words; empty where it does. */
export function doubtsOfCertificate(certificate: Certificate): string[] {
  const doubts: string[] = [];
  const { found, run, equal, expected, classes } = certificate;
  if (found === 0) doubts.push('vacuous: no crash point was found');
  if (found !== expected) doubts.push(`${found} crash points found, but the formula expects ${expected}`);
  if (run + equal !== found)
    doubts.push(`${found} crash points found, but ${run} run and ${equal} proven equal`);
  for (const each of classes) {
    if (each.run + each.equal !== each.found) {
      doubts.push(
        `class ${each.class}: ${each.found} found, but ${each.run} run and ${each.equal} proven equal`,
      );
    }
  }
  const { images } = certificate;
  if (images !== undefined && images.found !== images.expected)
    doubts.push(`${images.found} crash images found, but the product formula expects ${images.expected}`);
  if (images !== undefined && BigInt(images.run) + BigInt(images.equal) !== BigInt(images.found))
    doubts.push(`${images.found} crash images, but ${images.run} run and ${images.equal} proven equal`);
  const sum = classes.reduce((total, each) => total + each.found, 0);
  if (sum !== found) doubts.push(`the classes have ${sum} crash points, the whole has ${found}`);
  const why = certificate.equalTo.reduce((total, each) => total + each.count, 0);
  if (why !== equal)
    doubts.push(`${equal} crash points proven equal, but a reason is given for ${why} of them`);
  return doubts;
}

/**
 * The verdict that the data supports: violated when anything was found, consistent only when nothing is in
 * doubt, undecided otherwise (DESIGN §1, §7).
 */
export function verdictOf(workloads: readonly WorkloadReport[]): Verdict {
  if (workloads.some((report) => report.findings.length > 0)) return 'violated';
  if (workloads.length === 0 || workloads.some((report) => doubtsOf(report).length > 0)) return 'undecided';
  return 'consistent';
}

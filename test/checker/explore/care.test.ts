/** The claim that the reductions rest on: what a class does not care for may hold anything. */
import { describe, expect, it } from 'vitest';
import { Explorer } from '../../../checker/explore/explorer.ts';
import { agrees, type ClassNode } from '../../../checker/explore/memo.ts';
import { runSegment } from '../../../checker/explore/segment.ts';
import { SegmentWalk } from '../../../checker/explore/segment-walk.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
import { named, systemOf } from './systems.ts';

const CLASSES_SAMPLED = 40;

describe.each([
  ['page-shadow', pageShadow, 2],
  ['page-shadow', pageShadow, Number.POSITIVE_INFINITY],
  ['thesis', thesis, 1],
] as const)('under %s, %s %s crashes: poison where no class cares', (_name, scheme, depth) => {
  const system = systemOf(named('pipe'), scheme);
  const { nvm } = system.machine;
  const explorer = new Explorer(system, { depth, reduce: true });
  explorer.run();
  const { nodes } = explorer;
  const { records } = explorer.classes;
  const step = Math.ceil(nodes.length / CLASSES_SAMPLED);

  /** Puts a class's image into NVM with junk in every word that it does not care for. */
  function poison(node: ClassNode): number {
    nvm.restore(node.image);
    let junk = node.index | 1;
    let poisonedCount = 0;
    for (let word = 0; word < nvm.words.length; word += 1) {
      if (node.care.has(word)) continue;
      junk = Math.imul(junk, 1664525) + 1013904223;
      nvm.setWord(word, junk);
      poisonedCount += 1;
    }
    return poisonedCount;
  }

  it('changes no step, no store and no class of what follows', () => {
    let poisonedCount = 0;
    for (const node of nodes.filter((_, i) => i % step === 0)) {
      const record = records.at(node.index);
      poisonedCount += poison(node);
      const image = nvm.snapshot();
      const segment = runSegment(system, node.start);
      expect(segment.path.map(({ position, action, state }) => [position, action, state])).toEqual(
        record?.path.map(({ position, action, state }) => [position, action, state]),
      );
      expect(segment.words.length).toBe(record?.logLength);
      nvm.restore(image);
      const walk = new SegmentWalk(segment, node.start, nvm);
      for (const { position, target } of record?.ranges ?? []) {
        while (walk.position < position) walk.advance();
        expect(agrees(nodes[target] as ClassNode, nvm.snapshot())).toBe(true);
      }
      while (walk.advance());
      if (record?.end.kind === 'joint') {
        expect(agrees(nodes[record.end.target] as ClassNode, nvm.snapshot())).toBe(true);
      }
    }
    expect(poisonedCount).toBeGreaterThan(nvm.words.length);
  });
});

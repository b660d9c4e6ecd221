import { describe, expect, it } from 'vitest';
import { boundedModel } from '../../../checker/coverage/bounded-model.ts';
import { inNamesOfModel, named } from '../../../checker/coverage/naming.ts';
import { specFolder } from '../../../checker/spec-promises.ts';

describe('the names of processes', () => {
  it('are exchanged in every place that names one', () => {
    const state = {
      current: 1,
      status: ['ready', 'blocked'],
      call: ['write', 'none'],
      answer: ['ok', 'none'],
      notices: [1, 0],
      queue: [2],
      pipe: [[1, 2]],
      ledger: [1, 3],
      writers: [{ '#set': [1] }],
      misled: { '#set': [2] },
    };
    expect(inNamesOfModel(state, 'same')).toBe(state);
    expect(inNamesOfModel(state, 'swapped')).toEqual({
      current: 2,
      status: ['blocked', 'ready'],
      call: ['none', 'write'],
      answer: ['none', 'ok'],
      notices: [0, 1],
      queue: [1],
      pipe: [[1, 2]],
      ledger: [1, 3],
      writers: [{ '#set': [2] }],
      misled: { '#set': [1] },
    });
    expect([0, 1, 2].map((pid) => named(pid, 'swapped'))).toEqual([0, 2, 1]);
  });

  it('come back when they are exchanged twice, in every state of the model', async () => {
    const model = await boundedModel({ specFolder: specFolder(), bounds: { stepsMax: 7, crashesMax: 1 } });
    for (const state of model.states) {
      const twice = inNamesOfModel(inNamesOfModel(state, 'swapped'), 'swapped');
      expect(model.keyOf(twice)).toBe(model.keyOf(state));
    }
  });
});

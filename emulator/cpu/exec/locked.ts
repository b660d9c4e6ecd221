import type { Exec } from '../insn.ts';

/**
 * A locked instruction is a fence for what was written back before it (SDM vol. 2, CLWB); its own store waits
 * like any other. One that faults has not been executed.
 */
export const locked =
  (exec: Exec): Exec =>
  (c, i) => {
    const { cache, log } = c.mmu.nvm;
    const position = log.length;
    exec(c, i);
    cache?.fence(position);
  };

import { describe } from 'vitest';
import { turnMutants } from '../../kernel-model/mutants/turn-mutants.ts';
import { testKilled } from './killed.ts';

describe('mutants of the run queue, of wake-ups and of interrupt lines', () => testKilled(turnMutants));

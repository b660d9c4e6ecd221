import { describe } from 'vitest';
import { pipeMutants } from '../../kernel-model/mutants/pipe-mutants.ts';
import { testKilled } from './killed.ts';

describe('mutants of the ends of pipes', () => testKilled(pipeMutants));

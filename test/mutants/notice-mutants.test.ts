import { describe } from 'vitest';
import { noticeMutants } from '../../kernel-model/mutants/notice-mutants.ts';
import { testKilled } from './killed.ts';

describe('mutants of marks of calls and of the signal', () => testKilled(noticeMutants));

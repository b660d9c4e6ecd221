import { describe } from 'vitest';
import { shadowMutants } from '../../kernel-model/mutants/shadow-mutants.ts';
import { testKilled } from './killed.ts';

describe('mutants of copying, protection, commit and restore', () => testKilled(shadowMutants));

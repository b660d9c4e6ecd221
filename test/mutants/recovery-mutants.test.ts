import { describe } from 'vitest';
import { recoveryMutants } from '../../kernel-model/mutants/recovery-mutants.ts';
import { testKilled } from './killed.ts';

describe('mutants of aborted calls, notices, waiters and the boot word', () => testKilled(recoveryMutants));

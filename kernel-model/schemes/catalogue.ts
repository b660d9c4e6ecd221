import { pageShadow } from './page-shadow.ts';
import { pageShadowFlush } from './page-shadow-flush.ts';
import type { SchemeDefinition } from './scheme.ts';
import { thesis } from './thesis.ts';

/** Every scheme there is; the first is the default. */
export const schemes: readonly SchemeDefinition[] = [pageShadow, thesis, pageShadowFlush];

/** The promise, the pages and liveness, within bounds. */
import { testModels } from './run-models.ts';

testModels({ roles: ['check', 'torn commit', 'liveness'], areMany: false });

/** The promise, the pages and liveness, within bounds. */
import { testModels } from './run-models.ts';

testModels(['check', 'torn commit', 'liveness']);

/** Every promise can be broken. */
import { testModels } from './run-models.ts';

testModels(['mutant']);

/** Every action can be taken. */
import { testModels } from './run-models.ts';

testModels(['reachability']);

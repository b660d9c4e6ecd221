import type { MemoryPlan } from '../plan.ts';
import { endsGiven, type Workload } from '../programs/workload.ts';
import type { Core } from './abstract-state.ts';

/** What a machine that was never switched on owes to anybody. */
export function nothingPromised(plan: MemoryPlan, workload: Workload): Core {
  const each = <T>(value: T): T[] => plan.processes.map(() => value);
  return {
    current: 0,
    cause: 'none',
    status: each('ready'),
    call: each('none'),
    answer: each('none'),
    notices: each(0),
    pending: [],
    queue: [],
    pipe: Array.from({ length: workload.pipesCount }, () => []),
    ...endsGiven(workload),
  };
}

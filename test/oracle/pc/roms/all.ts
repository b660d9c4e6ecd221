import type { Rival } from '../emulators.ts';
import { RIVALS } from '../emulators.ts';
import type { TestRom } from '../rom-kit.ts';
import { debugRom } from './debug.ts';
import { gatesRom } from './gates.ts';
import { modesRom, realLimitsRom, v86Rom } from './modes.ts';
import { pagingRom } from './paging.ts';
import { controlRom, privilegeRom } from './privilege.ts';
import { rightsRom } from './rights.ts';
import { loadsRom, queriesRom, segmentsRom } from './segments.ts';
import { a20Rom, resetRom } from './system.ts';
import { tasksRom } from './tasks.ts';
import { transfersRom } from './transfers.ts';

export interface OracleRom {
  readonly make: () => TestRom;
  /** Who can run it. */
  readonly rivals: readonly Rival[];
}

const onBoth = (make: () => TestRom): OracleRom => ({ make, rivals: RIVALS });
/** QEMU goes astray in these, and does not come back: they are about limits and bits that it does not check. */
const onBochs = (make: () => TestRom): OracleRom => ({ make, rivals: ['bochs'] });

export const ORACLE_ROMS: readonly OracleRom[] = [
  onBoth(segmentsRom),
  onBoth(loadsRom),
  onBoth(queriesRom),
  onBoth(gatesRom),
  onBoth(transfersRom),
  onBoth(privilegeRom),
  onBochs(controlRom),
  onBoth(tasksRom),
  onBoth(rightsRom),
  onBoth(pagingRom),
  onBoth(modesRom),
  onBochs(realLimitsRom),
  onBoth(v86Rom),
  onBoth(a20Rom),
  onBoth(debugRom),
  onBoth(resetRom),
];

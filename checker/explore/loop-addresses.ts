/** Where a run that does not end goes round. */
import type { SystemUnderTest } from './system.ts';

/** Instructions that are watched one by one; a loop longer than this is shown by a part of it. */
const WATCHED_INSTRUCTIONS = 4096;
const STORES_SHOWN_MAX = 4;

/**
 * Lets the machine go on for a while and tells the instructions it executes and the addresses that it stores
 * to. Code that is not machine code has one address, that of its entry; the machine must be reset afterwards.
 */
export function loopAddresses(system: SystemUnderTest): string {
  const { machine } = system;
  const { log } = machine.nvm;
  const stored = new Set<number>();
  for (let i = Math.max(0, log.length - WATCHED_INSTRUCTIONS); i < log.length; i += 1) {
    if (!log.isEffect(i)) stored.add((log.address[i] as number) >>> 0);
  }
  const stores = storesText([...stored].sort((a, b) => a - b));
  const executed = watch(system);
  const lowest = Math.min(...executed);
  const highest = Math.max(...executed);
  const at = lowest === highest ? hex(lowest) : `${hex(lowest)} to ${hex(highest)}`;
  return `going round at ${at}${stores}`;
}

function watch({ machine }: SystemUnderTest): Set<number> {
  const executed = new Set([machine.eip]);
  for (let i = 0; machine.cpl !== 0 && i < WATCHED_INSTRUCTIONS; i += 1) {
    if (machine.run({ instructionsMax: 1 }).kind !== 'budget') break;
    if (machine.cpl !== 0) executed.add(machine.eip);
  }
  return executed;
}

function storesText(addresses: readonly number[]): string {
  if (addresses.length === 0) return ', storing nothing';
  const shown = addresses.slice(0, STORES_SHOWN_MAX).map(hex).join(', ');
  const more = addresses.length > STORES_SHOWN_MAX ? ` and ${addresses.length - STORES_SHOWN_MAX} more` : '';
  return `, last storing to ${shown}${more}`;
}

const hex = (address: number): string => `${address.toString(16)}h`;

import type { Ledger, LedgerEntry } from '../machine-api.ts';
import type { Nvm } from '../nvm/nvm.ts';

/**
 * The outside world's record of device effects, in order (DESIGN §1). It is no part of the machine: a reset
 * keeps it, and only the explorer cuts it, when it takes a run back.
 */
export class EffectLedger implements Ledger {
  private readonly list: LedgerEntry[] = [];

  get entries(): readonly LedgerEntry[] {
    return this.list;
  }

  get length(): number {
    return this.list.length;
  }

  append(entry: LedgerEntry): void {
    this.list.push(entry);
  }

  truncate(length: number): void {
    if (length < this.list.length) this.list.length = length;
  }

  /**
   * What a device calls when the world is to see an effect of it: memory's log notes the place, then the
   * ledger gets the entry.
   * @throws PowerFailure where the power budget of `nvm` ends before it: the effect has not happened.
   */
  recorder(device: LedgerEntry['device'], nvm: Nvm): (value: number) => void {
    return (value) => {
      nvm.noteEffect(this.list.length);
      this.list.push({ device, value });
    };
  }
}

/**
 * What the kernel says of itself as it goes: the protocol's events, in the words of docs/VOCABULARY.md, and
 * which phase it is in. A probe sees; it never steers. Without one the kernel does exactly the same.
 */

/** The events that only the kernel can name. The rest (Fill, Flush, Write, Send, Crash…) are seen from outside. */
export type KernelEvent =
  | { readonly kind: 'Start' }
  | { readonly kind: 'Record'; readonly page: string }
  | { readonly kind: 'Unprotect'; readonly page: string }
  | { readonly kind: 'Protect'; readonly page: string }
  | { readonly kind: 'Enter'; readonly cause: CauseName }
  | { readonly kind: 'Leave' }
  | { readonly kind: 'Shutdown' }
  | { readonly kind: 'Restore'; readonly page: string }
  | { readonly kind: 'Forget' }
  | { readonly kind: 'Restored' }
  | { readonly kind: 'Recovered' };

export type KernelPhase = 'boot' | 'recovery' | 'privileged' | 'commit' | 'user' | 'shutdown';

export interface Probe {
  event(event: KernelEvent): void;
  phase(phase: KernelPhase): void;
  /** The store just made is the one that makes the commit durable that is told next. */
  commitStored(): void;
}

export const silentProbe: Probe = { event() {}, phase() {}, commitStored() {} };

/** Why a privileged section was entered. Numbers are what NVM holds. */
export const Cause = { none: 0, call: 1, tick: 2, serial: 3, fault: 4 } as const;
export type CauseName = keyof typeof Cause;
export type Cause = (typeof Cause)[CauseName];

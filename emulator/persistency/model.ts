/** What a power failure may leave of the stores before it (docs/decisions/0001, 0009). */

/**
 * `sc`: every store is durable at once, in program order.
 * `px86`: a store waits in its 64-byte cache line until the line is written back. Within a line stores become
 * durable in order, across lines in any order (Raad et al., POPL 2020; SDM vol. 1 §12.10, vol. 3 §11.3).
 */
export const PERSISTENCY_MODELS = ['sc', 'px86'] as const;
export type PersistencyModel = (typeof PERSISTENCY_MODELS)[number];

/** The largest aligned piece of memory that a failure leaves either old or new, never mixed. */
export const ATOMIC_BYTES = [4, 1] as const;
export type AtomicBytes = (typeof ATOMIC_BYTES)[number];

export interface Persistency {
  readonly model: PersistencyModel;
  readonly atomicBytes: AtomicBytes;
}

/** The thesis' machine. */
export const STRICT: Persistency = { model: 'sc', atomicBytes: 4 };

/** Bytes of a cache line, as CPUID reports them. */
export const LINE_SIZE_BYTES = 64;
export const LINE_SHIFT = 6;
export const WORDS_PER_LINE = LINE_SIZE_BYTES / 4;

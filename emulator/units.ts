/**
 * Branded numbers: a physical address is not a linear address, and neither is a page number. The only
 * constructors are in this file (DESIGN §10.3). All values are unsigned 32-bit integers.
 */
export type PhysicalAddress = number & { readonly __brand: 'PhysicalAddress' };
export type LinearAddress = number & { readonly __brand: 'LinearAddress' };
export type PageNumber = number & { readonly __brand: 'PageNumber' };
/** Position of an entry in a run's store log, counted from 0. */
export type LogIndex = number & { readonly __brand: 'LogIndex' };

export const PAGE_SIZE_BYTES = 4096;
export const PAGE_SHIFT = 12;
export const WORDS_PER_PAGE = PAGE_SIZE_BYTES / 4;

export const physical = (address: number): PhysicalAddress => (address >>> 0) as PhysicalAddress;
export const linear = (address: number): LinearAddress => (address >>> 0) as LinearAddress;
export const pageNumber = (index: number): PageNumber => (index >>> 0) as PageNumber;
export const logIndex = (index: number): LogIndex => index as LogIndex;

/** The page that holds a physical address. */
export const pageOf = (address: PhysicalAddress): PageNumber => (address >>> PAGE_SHIFT) as PageNumber;
/** The first address of a page. */
export const pageStart = (page: PageNumber): PhysicalAddress => (page << PAGE_SHIFT) as PhysicalAddress;

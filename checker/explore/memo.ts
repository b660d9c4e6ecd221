/**
 * The classes that are known, and how a start is found to belong to one.
 *
 * Everything that can follow from a start is decided by its key (what is volatile, and what is promised) and
 * by the words that any of it reads before it has been written on the way: the class's *care*. A start that
 * has the same key and agrees in those words has the same future. Words are compared, not hashes; a hash of
 * the whole memory is only the shortcut by which an image that was seen before is found at once.
 */
import { invariant } from '../../emulator/invariant.ts';
import { HashCollision } from '../../emulator/nvm/hash-collision.ts';
import type { ImageStore, KeptImage } from '../../emulator/nvm/image-store.ts';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { Int32Column } from '../../emulator/store/column.ts';
import { Names } from '../../emulator/store/names.ts';
import { type RowId, RowTable } from '../../emulator/store/row-table.ts';
import type { SequenceId } from '../../emulator/store/sequence-table.ts';
import type { Care } from './care.ts';
import type { ClassIndex } from './class-graph.ts';
import type { SegmentStart } from './segment.ts';
import type { Committed } from './system.ts';

/** A class while it is explored. */
export interface ClassNode {
  readonly index: ClassIndex;
  readonly start: SegmentStart;
  /** Crashes that may still happen from here on; Infinity: any number. */
  readonly budget: number;
  /** Kernel exits since the power-on. */
  readonly exitsCount: number;
  /** The start that was run for all of its class; its unread words may be those of another. */
  readonly image: KeptImage;
  /** What is known to be read; it only ever grows. */
  readonly care: Care;
  /** Whether all that can follow is known, so that `care` is final. */
  isSettled: boolean;
  /** The first opened class that this one is known to lead back to, or itself. */
  low: ClassIndex;
}

/** What hashes were trusted with. */
export interface HashUse {
  /** Images that were taken for one seen before because of their hash. */
  hits: number;
  /** Of these, how many were compared word by word. */
  verified: number;
  /** Different images known by their hash. */
  images: number;
}

/** Names what decides, besides the image, what follows from a start. */
export type KeyId = RowId & { readonly __of: 'ClassMemo' };

const NONE = -1;

export class ClassMemo {
  readonly hashUse: HashUse = { hits: 0, verified: 0, images: 0 };
  /** By the index of the class. */
  private readonly nodes: readonly ClassNode[];
  private readonly images: ImageStore;
  private readonly verifiesHashes: boolean;
  private readonly keys = new RowTable();
  /** By key: the index of the class that was added last; and of each class, the one that was before it. */
  private readonly lastOf = new Int32Column();
  private readonly before = new Int32Column();
  /** Images that were seen, by key and hash; and of each, its class, and the image where hashes are verified. */
  private readonly seen = new RowTable();
  private readonly classOf = new Int32Column();
  private readonly imageOf = new Int32Column();
  private readonly committed = new Names();
  private readonly committedIds = new WeakMap<Committed, number>();
  private readonly volatile = new Names();
  private readonly extra = new Names();

  /** @param verifiesHashes compares the images at every hit. */
  constructor(nodes: readonly ClassNode[], images: ImageStore, verifiesHashes: boolean) {
    this.nodes = nodes;
    this.images = images;
    this.verifiesHashes = verifiesHashes;
  }

  /** The class that an image with this key and hash belongs to, as far as is known now. */
  find(key: KeyId, hash: string, image: NvmSnapshot): ClassNode | undefined {
    const entry = this.entry(key, hash);
    const seen = this.classOf.get(entry);
    if (seen !== NONE) {
      this.hashUse.hits += 1;
      if (this.verifiesHashes) this.verify(this.images.at(this.imageOf.get(entry) as SequenceId), image);
      // What is known of the class may have grown since.
      const node = this.node(seen);
      if (agrees(node, image)) return node;
    }
    for (let index = this.lastOf.get(key); index !== NONE; index = this.before.get(index)) {
      const node = this.node(index);
      if (!agrees(node, image)) continue;
      this.remember(entry, node, image);
      return node;
    }
    return undefined;
  }

  add(key: KeyId, hash: string, node: ClassNode): void {
    while (this.before.length <= node.index) this.before.push(NONE);
    this.before.set(node.index, this.lastOf.get(key));
    this.lastOf.set(key, node.index);
    this.remember(this.entry(key, hash), node, node.image);
  }

  key(start: SegmentStart, budget: number): KeyId {
    const { state, committed } = start.kind === 'power-on' ? start : start.joint;
    const volatile = start.kind === 'power-on' ? NONE : this.volatile.numberOf(start.joint.volatileKey);
    const crashesLeft = budget === Number.POSITIVE_INFINITY ? NONE : budget;
    const key = this.keys.intern(Int32Array.of(crashesLeft, state, this.committedId(committed), volatile));
    if (key === this.lastOf.length) this.lastOf.push(NONE);
    return key as KeyId;
  }

  /** Where an image is remembered. */
  private entry(key: KeyId, hash: string): number {
    const extra = hash.length > 16 ? this.extra.numberOf(hash.slice(16)) : NONE;
    const high = Number.parseInt(hash.slice(0, 8), 16);
    const low = Number.parseInt(hash.slice(8, 16), 16);
    const entry = this.seen.intern(Int32Array.of(key, high, low, extra));
    if (entry === this.classOf.length) {
      this.classOf.push(NONE);
      this.imageOf.push(NONE);
    }
    return entry;
  }

  private remember(entry: number, node: ClassNode, image: NvmSnapshot): void {
    if (this.classOf.get(entry) === NONE) this.hashUse.images += 1;
    this.classOf.set(entry, node.index);
    if (this.verifiesHashes) this.imageOf.set(entry, this.images.keep(image).id);
  }

  private node(index: number): ClassNode {
    const node = this.nodes[index];
    invariant(node !== undefined, `class ${index} is known`);
    return node;
  }

  private verify(known: NvmSnapshot, image: NvmSnapshot): void {
    const { pages } = known;
    for (const [page, { words }] of image.pages.entries()) {
      const other = pages[page]?.words;
      invariant(other !== undefined, 'images are of one memory');
      if (words !== other && words.some((word, i) => word !== other[i])) {
        throw new HashCollision(`two images that differ in page ${page} have the same hash`);
      }
    }
    this.hashUse.verified += 1;
  }

  private committedId(committed: Committed): number {
    let id = this.committedIds.get(committed);
    if (id === undefined) {
      id = this.committed.numberOf(`${committed.low.join()}/${committed.high.join()}`);
      this.committedIds.set(committed, id);
    }
    return id;
  }
}

/** Whether an image has the words that a class cares for. Pages that both share need no look. */
export function agrees(node: ClassNode, image: NvmSnapshot): boolean {
  const theirs = image.pages;
  const ours = node.image.pages;
  for (let page = 0; page < theirs.length; page += 1) {
    const our = ours[page];
    const their = theirs[page];
    if (our === their || our === undefined || their === undefined) continue;
    if (!node.care.agreesOnPage(page, our.words, their.words)) return false;
  }
  return true;
}

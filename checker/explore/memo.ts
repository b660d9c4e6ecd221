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
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import type { ClassIndex } from './class-graph.ts';
import type { SegmentStart } from './segment.ts';
import type { Committed } from './system.ts';
import type { WordSet } from './word-set.ts';

/** A class while it is explored. */
export interface ClassNode {
  readonly index: ClassIndex;
  readonly start: SegmentStart;
  /** Crashes that may still happen from here on; Infinity: any number. */
  readonly budget: number;
  /** Kernel exits since the power-on. */
  readonly exitsCount: number;
  /** The start that was run for all of its class; its unread words may be those of another. */
  readonly image: NvmSnapshot;
  /** What is known to be read; it only ever grows. */
  readonly care: WordSet;
  /** What it has grown by since others rely on it, step by step; null while nobody does. */
  growth: number[][] | null;
  /** Whether all that can follow is known, so that `care` is final. */
  isSettled: boolean;
  /** The first opened class that this one is known to lead back to, or itself. */
  low: ClassIndex;
  /** Classes that it leads to and that were not settled then, with how many steps of growth were known. */
  uses: Map<ClassNode, number>;
}

/** Lets the care of a class grow; those who rely on it can ask by what. */
export function grow(node: ClassNode, addTo: (added: number[] | undefined) => void): void {
  if (node.growth === null) return addTo(undefined);
  const added: number[] = [];
  addTo(added);
  if (added.length > 0) node.growth.push(added);
}

/** `node` leads to `target`, of which not all is known. */
export function relyOn(node: ClassNode, target: ClassNode): void {
  target.growth ??= [];
  if (!node.uses.has(target)) node.uses.set(target, target.growth.length);
}

/** Whether a class relies on the care of another that has grown since. */
export function isStale(node: ClassNode): boolean {
  for (const [target, known] of node.uses) if ((target.growth?.length ?? 0) > known) return true;
  return false;
}

/** All that can follow from a class is known. */
export function settled(node: ClassNode): void {
  node.isSettled = true;
  node.growth = null;
  node.uses.clear();
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

export class ClassMemo {
  readonly hashUse: HashUse = { hits: 0, verified: 0, images: 0 };
  private readonly byKey = new Map<string, ClassNode[]>();
  private readonly byImage = new Map<
    string,
    { readonly node: ClassNode; readonly image: NvmSnapshot | null }
  >();
  private readonly committedIds = new Map<string, number>();
  private readonly verifiesHashes: boolean;

  /** @param verifiesHashes compares the images at every hit; costs memory for each of them. */
  constructor(verifiesHashes: boolean) {
    this.verifiesHashes = verifiesHashes;
  }

  /** The class that an image with this key and hash belongs to, as far as is known now. */
  find(key: string, hash: string, image: NvmSnapshot): ClassNode | undefined {
    const imageKey = `${key} ${hash}`;
    const seen = this.byImage.get(imageKey);
    if (seen !== undefined) {
      this.hashUse.hits += 1;
      if (seen.image !== null) this.verify(seen.image, image);
      // What is known of the class may have grown since.
      if (agrees(seen.node, image)) return seen.node;
    }
    const known = this.byKey.get(key)?.find((node) => agrees(node, image));
    if (known !== undefined) this.remember(imageKey, known, image);
    return known;
  }

  add(key: string, hash: string, node: ClassNode): void {
    const known = this.byKey.get(key);
    if (known === undefined) this.byKey.set(key, [node]);
    else known.unshift(node);
    this.remember(`${key} ${hash}`, node, node.image);
  }

  key(start: SegmentStart, budget: number): string {
    if (start.kind === 'power-on') {
      return `P ${budget} ${start.state} ${this.committedId(start.committed)}`;
    }
    const { state, committed, volatileKey } = start.joint;
    return `J ${budget} ${state} ${this.committedId(committed)} ${volatileKey}`;
  }

  private remember(imageKey: string, node: ClassNode, image: NvmSnapshot): void {
    if (!this.byImage.has(imageKey)) this.hashUse.images += 1;
    this.byImage.set(imageKey, { node, image: this.verifiesHashes ? image : null });
  }

  private verify(known: NvmSnapshot, image: NvmSnapshot): void {
    for (const [page, { words }] of image.pages.entries()) {
      const other = known.pages[page]?.words;
      invariant(other !== undefined, 'images are of one memory');
      if (words !== other && words.some((word, i) => word !== other[i])) {
        throw new HashCollision(`two images that differ in page ${page} have the same hash`);
      }
    }
    this.hashUse.verified += 1;
  }

  private committedId(committed: Committed): number {
    const text = `${committed.low.join()}/${committed.high.join()}`;
    let id = this.committedIds.get(text);
    if (id === undefined) {
      id = this.committedIds.size;
      this.committedIds.set(text, id);
    }
    return id;
  }
}

/** Whether an image has the words that a class cares for. Pages that both share need no look. */
export function agrees(node: ClassNode, image: NvmSnapshot): boolean {
  for (let page = 0; page < image.pages.length; page += 1) {
    const ours = node.image.pages[page];
    const theirs = image.pages[page];
    if (ours === theirs || ours === undefined || theirs === undefined) continue;
    if (!node.care.agreesOnPage(page, ours.words, theirs.words)) return false;
  }
  return true;
}

/** Pipes: bounded byte queues between processes, in the page `pipes`. */
import type { Door } from './door.ts';
import { Frame, PIPE_CAPACITY_BYTES, PIPES_MAX, PipeRecord, tracked } from './layout.ts';

export class Pipes {
  private readonly door: Door;

  constructor(door: Door) {
    this.door = door;
  }

  private field(pipe: number, offset: number): number {
    this.door.demand(pipe < PIPES_MAX, `no pipe ${pipe}`);
    return tracked(Frame.pipes) + pipe * PipeRecord.sizeBytes + offset;
  }

  private get(pipe: number, offset: number): number {
    return this.door.load(this.field(pipe, offset));
  }

  private set(pipe: number, offset: number, value: number): void {
    this.door.store(this.field(pipe, offset), value);
  }

  lengthBytes(pipe: number): number {
    return this.get(pipe, PipeRecord.length);
  }

  spaceBytes(pipe: number): number {
    return PIPE_CAPACITY_BYTES - this.lengthBytes(pipe);
  }

  readersCount(pipe: number): number {
    return this.get(pipe, PipeRecord.readers);
  }

  writersCount(pipe: number): number {
    return this.get(pipe, PipeRecord.writers);
  }

  dropReader(pipe: number): void {
    this.set(pipe, PipeRecord.readers, this.readersCount(pipe) - 1);
  }

  dropWriter(pipe: number): void {
    this.set(pipe, PipeRecord.writers, this.writersCount(pipe) - 1);
  }

  /** Appends up to `count` bytes from user memory; returns how many there was room for. */
  write(pipe: number, from: number, count: number): number {
    const length = this.lengthBytes(pipe);
    const readAt = this.get(pipe, PipeRecord.readAt);
    const taken = Math.min(count, PIPE_CAPACITY_BYTES - length);
    for (let i = 0; i < taken; i += 1) {
      const slot = (readAt + length + i) % PIPE_CAPACITY_BYTES;
      this.door.storeByte(this.field(pipe, PipeRecord.buffer + slot), this.door.loadByte(from + i));
    }
    this.set(pipe, PipeRecord.length, length + taken);
    return taken;
  }

  /** Takes up to `count` bytes to user memory; returns how many there were. */
  read(pipe: number, to: number, count: number): number {
    const length = this.lengthBytes(pipe);
    const readAt = this.get(pipe, PipeRecord.readAt);
    const given = Math.min(count, length);
    for (let i = 0; i < given; i += 1) {
      const slot = (readAt + i) % PIPE_CAPACITY_BYTES;
      this.door.storeByte(to + i, this.door.loadByte(this.field(pipe, PipeRecord.buffer + slot)));
    }
    this.set(pipe, PipeRecord.readAt, (readAt + given) % PIPE_CAPACITY_BYTES);
    this.set(pipe, PipeRecord.length, length - given);
    return given;
  }
}

import type { Frame } from './transport.js';

/**
 * Frames that wait for sockets, as a chain from the newest to the oldest.
 *
 * Sockets that are sent the same frames in the same order walk along the same chain, so what is computed from it
 * (`joined`, `frames`) is computed once for all of them: a publication to a thousand sockets costs each of them one
 * pointer. A chain lives for one turn of the event loop.
 */
export class Batch {
  readonly byteLength: number;
  private nextFrame: Frame | null = null;
  private nextBatch: Batch | null = null;
  private list: readonly Frame[] | null = null;
  private bytes: Uint8Array | null = null;

  constructor(
    private readonly parent: Batch | null,
    private readonly frame: Frame | null,
  ) {
    this.byteLength = (parent?.byteLength ?? 0) + (frame?.bytes.length ?? 0);
  }

  /** Gives the chain with one frame more; the same object as last time if the frame is the same as last time. */
  append(frame: Frame): Batch {
    if (this.nextFrame === frame && this.nextBatch !== null) return this.nextBatch;
    const next = new Batch(this, frame);
    this.nextFrame = frame;
    this.nextBatch = next;
    return next;
  }

  /** Gives the frames, oldest first. */
  frames(): readonly Frame[] {
    if (this.list === null) {
      const list: Frame[] = [];
      for (let at: Batch | null = this; at !== null; at = at.parent)
        if (at.frame !== null) list.push(at.frame);
      this.list = list.reverse();
    }
    return this.list;
  }

  /** Gives the bytes of all frames, oldest first, in one piece. */
  joined(): Uint8Array {
    if (this.bytes === null) {
      const frames = this.frames();
      const only = frames.length === 1 ? frames[0] : undefined;
      this.bytes =
        only !== undefined
          ? only.bytes
          : Buffer.concat(
              frames.map((f) => f.bytes),
              this.byteLength,
            );
    }
    return this.bytes;
  }
}

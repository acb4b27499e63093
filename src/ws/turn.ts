import { Batch } from './batch.js';

/** Something with a batch to write at the end of the turn. */
export interface Flushable {
  flush(): void;
}

/** Gathers what has to be written in one turn of the event loop, and writes it when the turn ends. */
export class Turn {
  /** Where every socket's chain begins in this turn. */
  root = new Batch(null, null);
  /** Goes up with each turn in which something is written. */
  number = 0;
  private dirty: Flushable[] = [];
  private scheduled = false;

  /** Has `target.flush` called at the end of the turn; call it once per target and turn. */
  add(target: Flushable): void {
    this.dirty.push(target);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.end());
  }

  private end(): void {
    this.scheduled = false;
    this.number += 1;
    const dirty = this.dirty;
    this.dirty = [];
    // A new root, so that frames of this turn are not kept alive. What is sent during the flush belongs to the next.
    this.root = new Batch(null, null);
    for (const target of dirty) target.flush();
  }
}

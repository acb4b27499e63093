import type { Batch } from './batch.js';
import { FLUSH_BYTES, type Frame } from './transport.js';
import type { Flushable, Turn } from './turn.js';

/** Who writes what has waited. */
export interface BatchWriter {
  /** Takes the frames, in order; it may throw them away if the socket has closed. */
  write(batch: Batch): void;
}

/** The frames that wait for one socket: written together when the turn ends, or sooner at `FLUSH_BYTES`. */
export class TurnQueue implements Flushable {
  private pending: Batch | null = null;
  private isScheduled = false;

  constructor(
    private readonly turn: Turn,
    private readonly writer: BatchWriter,
  ) {}

  get byteLength(): number {
    return this.pending?.byteLength ?? 0;
  }

  add(frame: Frame): void {
    if (this.pending === null) {
      this.pending = this.turn.root;
      if (!this.isScheduled) {
        this.isScheduled = true;
        this.turn.add(this);
      }
    }
    this.pending = this.pending.append(frame);
    if (this.pending.byteLength >= FLUSH_BYTES) this.writeNow();
  }

  flush(): void {
    this.isScheduled = false;
    this.writeNow();
  }

  /** Writes before the turn ends. */
  writeNow(): void {
    const batch = this.pending;
    this.pending = null;
    if (batch !== null) this.writer.write(batch);
  }

  /** Forgets what waits. */
  clear(): void {
    this.pending = null;
  }
}

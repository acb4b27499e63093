import type { Batch } from './batch.js';
import { FLUSH_BYTES, type Frame } from './transport.js';
import type { Flushable, Turn } from './turn.js';

/** The frames that wait for one socket: written together when the turn ends, or sooner at `FLUSH_BYTES`. */
export class TurnQueue implements Flushable {
  private pending: Batch | null = null;
  private isScheduled = false;

  /** `write` is given what waits, in order; it may throw it away if the socket has closed. */
  constructor(
    private readonly turn: Turn,
    private readonly write: (batch: Batch) => void,
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
    if (batch !== null) this.write(batch);
  }

  /** Forgets what waits. */
  clear(): void {
    this.pending = null;
  }
}

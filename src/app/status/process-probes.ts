import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { messageOf } from '../../errors.js';
import { DEGRADED, DOWN, faultIf, type Probe, type Reading, reading } from './reading.js';

/** Delays are forgotten after two of these, ms. */
const WINDOW_MS = 10_000;
/** The event loop is late, and hangs, ms. */
const LATE_MS = 100;
const HANGING_MS = 1_000;
/** How often the disk is looked at, ms. */
const DISK_MS = 10_000;
const MIB = 2 ** 20;

/** Looks at how late the event loop comes to its work. */
export class EventLoopProbe implements Probe {
  readonly name = 'event_loop';
  readonly weight = 0.8;
  readonly #delay = monitorEventLoopDelay({ resolution: 10 });
  #turnAt = 0;
  #p99: number | null = null;
  #max: number | null = null;

  constructor() {
    this.#delay.enable();
  }

  /** 99th percentile of the delay in the last 10 s, ms; null: not known yet. */
  get p99Ms(): number | null {
    return this.#p99;
  }

  read(now: number): Reading {
    if (this.#delay.count > 0) {
      this.#p99 = inMs(this.#delay.percentile(99));
      this.#max = inMs(this.#delay.max);
    }
    if (now >= this.#turnAt) {
      this.#delay.reset();
      this.#turnAt = now + WINDOW_MS;
    }
    const p99 = this.#p99 ?? 0;
    return reading({ delay_p99_ms: this.#p99, delay_max_ms: this.#max }, [
      faultIf(p99 > HANGING_MS, 0.2, `it is ${Math.round(p99)} ms late (p99)`),
      faultIf(p99 > LATE_MS, DEGRADED, `it is ${Math.round(p99)} ms late (p99)`),
    ]);
  }

  stop(): void {
    this.#delay.disable();
  }
}

/** Looks at the memory of the process. */
export function memoryProbe(): Probe {
  // What a container allows; unlimited is a number beyond all memory.
  const allowed = process.constrainedMemory();
  const limit = allowed > 0 && allowed < 2 ** 50 ? allowed : null;
  return {
    name: 'memory',
    weight: 0.8,
    read() {
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
      const heapLimit = getHeapStatistics().heap_size_limit;
      const heapShare = heapUsed / heapLimit;
      const share = limit === null ? 0 : rss / limit;
      return reading(
        {
          rss_bytes: rss,
          heap_used_bytes: heapUsed,
          heap_limit_bytes: heapLimit,
          external_bytes: external + arrayBuffers,
          limit_bytes: limit,
        },
        [
          faultIf(heapShare > 0.95, 0.1, `${percent(heapShare)} of the heap is used`),
          faultIf(heapShare > 0.85, DEGRADED, `${percent(heapShare)} of the heap is used`),
          faultIf(share > 0.9, DEGRADED, `${percent(share)} of the memory allowed is used`),
        ],
      );
    },
  };
}

/** Looks at the room on the disk of the data folder. */
export class DiskProbe implements Probe {
  readonly name = 'disk';
  readonly weight = 0.8;
  readonly #dir: string;
  #readAt = Number.NEGATIVE_INFINITY;
  #free: number | null = null;
  #size: number | null = null;
  #error: string | null = null;

  constructor(dir: string) {
    this.#dir = dir;
  }

  read(now: number): Reading {
    if (now - this.#readAt >= DISK_MS) {
      this.#readAt = now;
      void this.#look();
    }
    const free = this.#free ?? Number.POSITIVE_INFINITY;
    const share = this.#size === null ? 1 : free / this.#size;
    const told = `${Math.round(free / MIB)} MiB are free`;
    return reading({ free_bytes: this.#free, size_bytes: this.#size }, [
      faultIf(free < 100 * MIB, DOWN, told),
      faultIf(free < 1_024 * MIB || share < 0.03, DEGRADED, told),
      faultIf(this.#error !== null, DEGRADED, `it cannot be looked at: ${this.#error}`),
    ]);
  }

  async #look(): Promise<void> {
    try {
      const { bavail, blocks, bsize } = await statfs(this.#dir);
      this.#free = bavail * bsize;
      this.#size = blocks * bsize;
      this.#error = null;
    } catch (error) {
      this.#error = messageOf(error);
    }
  }
}

function inMs(nanoseconds: number): number {
  return Math.round(nanoseconds / 1e4) / 100;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

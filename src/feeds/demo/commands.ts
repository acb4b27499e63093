import type { ControlCommand } from './control.js';
import type { Faults } from './faults.js';
import type { Hub } from './hub.js';
import type { MarketStream } from './market-stream.js';
import type { Playback } from './playback.js';
import type { MarketSource } from './source.js';

/** The parts of the exchange that commands act on. */
export interface CommandedParts {
  readonly source: MarketSource;
  readonly faults: Faults;
  readonly hub: Hub;
  readonly stream: MarketStream;
  readonly playback: Playback;
}

/** Carries out control commands. */
export class Commands {
  readonly #parts: CommandedParts;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(parts: CommandedParts) {
    this.#parts = parts;
  }

  /**
   * Does what a command says and gives it in words; `realNow` in ms.
   *
   * @throws RangeError for a pair that is not listed
   */
  carryOut(command: ControlCommand, realNow: number): string {
    const { faults, hub, playback, source } = this.#parts;
    switch (command.action) {
      case 'play':
        playback.play(command.speed ?? playback.speed, realNow);
        return `playing at ${playback.speed} times real speed`;
      case 'pause':
        playback.pause();
        return 'paused';
      case 'drop': {
        const cut = [...hub.connections].slice(0, command.count ?? Number.POSITIVE_INFINITY);
        for (const connection of cut) connection.cut();
        faults.counts.dropped += cut.length;
        if (command.refuseSeconds !== undefined)
          faults.refusedUntil = realNow + command.refuseSeconds * 1_000;
        return `cut ${cut.length} connections`;
      }
      case 'stall':
        faults.frames = command.deliver === 'late' ? 'hold' : 'lose';
        clearTimeout(this.#stallTimer);
        this.#stallTimer = setTimeout(() => this.#letFramesPass(), command.seconds * 1_000);
        return `silent for ${command.seconds} s`;
      case 'burst':
        clearTimeout(this.#stallTimer);
        if (command.hold) faults.frames = 'hold';
        else this.#letFramesPass();
        return command.hold ? 'holding all stream frames' : 'released all stream frames';
      case 'duplicate':
        faults.duplicateShare = command.share;
        return `sending ${command.share} of trades twice`;
      case 'reorder':
        faults.reorderShare = command.share;
        faults.reorderWindow = command.window ?? 3;
        return `sending ${command.share} of trades late`;
      case 'skip':
        faults.skipShare = command.share;
        return `leaving out ${command.share} of trades`;
      case 'malformed':
        faults.malformedLeft = command.frames;
        return `garbling the next ${command.frames} frames`;
      case 'http': {
        const isTimed = command.seconds !== undefined && command.count === undefined;
        faults.http = {
          status: command.status,
          retryAfter: command.retryAfter ?? null,
          left: command.count ?? (isTimed ? Number.POSITIVE_INFINITY : 1),
          until: command.seconds === undefined ? Number.POSITIVE_INFINITY : realNow + command.seconds * 1_000,
        };
        return `answering requests with ${command.status}`;
      }
      case 'slow':
        faults.slowMs = command.ms;
        return `answering requests after ${command.ms} ms`;
      case 'delist': {
        const id = command.symbol.replace('/', '');
        if (!source.listings.some((listing) => listing.id === id))
          throw new RangeError(`symbol: ${command.symbol} is not listed`);
        faults.delisted.add(id);
        return `delisted ${id}`;
      }
      case 'clear':
        clearTimeout(this.#stallTimer);
        faults.clear();
        this.#letFramesPass();
        return 'all faults are off';
    }
  }

  /** Forgets a stall that has not ended yet. */
  close(): void {
    clearTimeout(this.#stallTimer);
  }

  #letFramesPass(): void {
    const { faults, hub, stream } = this.#parts;
    faults.frames = 'pass';
    if (faults.reorderShare === 0) stream.emitDelayed();
    hub.release();
  }
}

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker/broker.js';
import { type AnalysisChannel, CHANNEL_KINDS } from '../channels.js';
import type { FrameResult } from '../engine/analysis/look.js';
import type { Publication } from '../events.js';
import { TIMEFRAMES } from '../timeframe.js';
import type { LiveAnalysisView } from './analysis-view.js';

/** Pause between two rounds of live values, ms. */
const PERIOD_MS = 250;

/**
 * Publishes the channels of the analyses that somebody is subscribed to: at each close what was found, and in between
 * how it stands with the candles that form, one channel in each turn of the event loop. What has not changed is not sent
 * again.
 */
export class AnalysisPublisher {
  readonly #view: LiveAnalysisView;
  readonly #broker: Broker<Publication>;
  readonly #now: () => number;
  readonly #channels: readonly AnalysisChannel[];
  /** What was sent last, by channel. */
  readonly #sent = new Map<string, string>();
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** @param now our clock, ms since the epoch */
  constructor(view: LiveAnalysisView, broker: Broker<Publication>, now: () => number) {
    this.#view = view;
    this.#broker = broker;
    this.#now = now;
    this.#channels = [
      ...(['metrics', 'regime'] as const).flatMap((kind) =>
        CHANNEL_KINDS[kind].timeframes.map((timeframe) => marketChannel(kind, timeframe)),
      ),
      sectorsChannel(null),
      ...view.sectors().map(({ name }) => sectorsChannel(name)),
    ];
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Publishes what a look at the market found. */
  looked({ moment, metrics, regime, sectors }: FrameResult): void {
    const timeframe = TIMEFRAMES[moment.timeframe];
    if (timeframe === undefined) return;
    for (const channel of this.#channels) {
      if (!this.#broker.wanted(channel.name)) continue;
      if (channel.kind === 'sectors') {
        const [frame] = timeframe === '1h' ? (sectors?.frames ?? []) : [];
        if (frame !== undefined)
          this.#publish(channel, this.#view.sectorRows(frame, channel.sector, 'closed'));
      } else if (channel.timeframe === timeframe) {
        if (channel.kind === 'metrics' && metrics !== null) {
          this.#publish(channel, this.#view.metricsRow(metrics, 'closed'));
        }
        if (channel.kind === 'regime' && regime !== null) {
          this.#publish(channel, this.#view.regimeRow(regime, 'closed'));
        }
      }
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      for (const channel of this.#channels) {
        if (signal.aborted || !this.#broker.wanted(channel.name)) continue;
        this.#publish(channel, this.#view.row(channel));
        await nextTurn();
      }
      await sleep(PERIOD_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #publish({ name: channel }: AnalysisChannel, row: readonly unknown[] | null): void {
    if (row === null) return;
    const text = JSON.stringify(row);
    if (this.#sent.get(channel) === text) return;
    this.#sent.set(channel, text);
    const offset = this.#view.count(channel);
    this.#broker.publish(channel, { channel, offset, time: this.#now(), lossless: false, row });
  }
}

function marketChannel(
  kind: 'metrics' | 'regime',
  timeframe: (typeof CHANNEL_KINDS)['metrics' | 'regime']['timeframes'][number],
): AnalysisChannel {
  return { name: `${kind}:${timeframe}`, kind, timeframe, rateMs: 0 };
}

function sectorsChannel(sector: string | null): AnalysisChannel {
  return { name: sector === null ? 'sectors' : `sectors:${sector}`, kind: 'sectors', sector, rateMs: 0 };
}

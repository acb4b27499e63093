import type { Alert, AlertSink, Firing } from '../engine/alerts/alert.js';
import type { EngineSink } from '../engine/views.js';
import type { FeedEvent } from '../events.js';
import type { AnalysisHost } from './analysis-host.js';
import type { Persistence } from './persistence.js';
import type { Publisher } from './publisher.js';
import type { RecentClosed } from './recent-closed.js';

/**
 * Hands what the engine tells to those who want to know. A closed candle is remembered and handed to the writer before
 * it is published: whoever hears of it can ask for it.
 */
export class EngineSinks implements EngineSink {
  readonly #publisher: Publisher;
  readonly #persistence: Persistence;
  readonly #recent: RecentClosed;
  #alerts: AlertSink | null = null;
  #analyses: Pick<AnalysisHost, 'begin' | 'closed' | 'ticked'> | null = null;

  constructor(publisher: Publisher, persistence: Persistence, recent: RecentClosed) {
    this.#publisher = publisher;
    this.#persistence = persistence;
    this.#recent = recent;
  }

  /** Has alerts told from now on; until then none is set. */
  tellAlerts(alerts: AlertSink): void {
    this.#alerts = alerts;
  }

  /** Who is told of alerts; null: nobody yet. */
  get alerts(): AlertSink | null {
    return this.#alerts;
  }

  /** Has the analyses told from now on: of each price and each close, after everybody else. */
  analyse(host: Pick<AnalysisHost, 'begin' | 'closed' | 'ticked'>): void {
    this.#analyses = host;
  }

  /** Says which event the engine is about to process. */
  begin(event: FeedEvent): void {
    this.#publisher.begin(event);
    this.#analyses?.begin(event);
  }

  closed(asset: number, timeframeIndex: number): void {
    this.#recent.closed(asset, timeframeIndex);
    this.#persistence.closed(asset, timeframeIndex);
    this.#publisher.closed(asset, timeframeIndex);
    this.#analyses?.closed(asset, timeframeIndex);
  }

  moved(asset: number): void {
    this.#persistence.moved(asset);
    this.#publisher.moved(asset);
  }

  ticked(asset: number): void {
    this.#publisher.ticked(asset);
    this.#analyses?.ticked(asset);
  }

  fired(alert: Alert, firing: Firing): void {
    this.#alerts?.fired(alert, firing);
  }

  expired(alert: Alert): void {
    this.#alerts?.expired(alert);
  }

  dropped(): void {
    // The engine counts what it drops; `/metrics` shows it.
  }
}

import type { AlertSink } from '../engine/alerts/alert.js';
import type { AlertBook } from '../engine/alerts/alert-book.js';
import type { SignalChange, SignalDraft, SignalSink } from '../engine/analysis/signals/signal.js';
import type { KeyedSignalEnd, SignalKey } from '../store/repositories/signal-ends.js';
import type { NewSignal } from '../store/repositories/signals.js';
import { bucketEnd } from '../timeframe.js';

export interface SignalDeskOptions {
  /** The model that gives them, as the database knows it. */
  readonly aiModelId: number;
  /** Symbol of an asset, by its row in `assets`. */
  readonly symbolOf: (assetId: number) => string | undefined;
  readonly writer: { signal(signal: NewSignal): void; signalEnded(end: KeyedSignalEnd): void };
  /** Alerts that wait for signals, and who is told of them. */
  readonly alerts: AlertBook;
  readonly alertSink: () => AlertSink | null;
}

/** Hands signals and their ends to the writer, which tells of them, and to the alerts that wait for them. */
export class SignalDesk implements SignalSink {
  readonly #options: SignalDeskOptions;

  constructor(options: SignalDeskOptions) {
    this.#options = options;
  }

  opened(asset: number, draft: SignalDraft): void {
    const { aiModelId, writer, alerts, alertSink } = this.#options;
    writer.signal({ ...draft, aiModelId, userId: null, channels: this.#channels(draft.assetId) });
    const sink = alertSink();
    const time = bucketEnd(draft.timeframe, draft.candleTime);
    if (sink !== null) alerts.signal(asset, { confidence: draft.confidenceScore }, time, sink);
  }

  changed(_asset: number, draft: SignalDraft, change: SignalChange): void {
    const { status, reason, signalSuccessful } = change;
    this.#options.writer.signalEnded({
      ...{ key: this.key(draft), status, reason },
      ...(signalSuccessful === null ? {} : { signalSuccessful }),
      ...known('actualEntryPrice', change.actualEntryPrice),
      ...known('maxFavorableExcursion', change.maxFavorableExcursion),
      ...known('maxAdverseExcursion', change.maxAdverseExcursion),
    });
  }

  key({ assetId, timeframe, candleTime, signalType }: SignalDraft): SignalKey {
    const { aiModelId } = this.#options;
    return { aiModelId, assetId, timeframe, candleTime, signalType, userId: null };
  }

  #channels(assetId: number): readonly string[] {
    const symbol = this.#options.symbolOf(assetId);
    return symbol === undefined ? ['signals'] : ['signals', `signals:${symbol}`];
  }
}

function known<Name extends string>(name: Name, price: number | null): { readonly [K in Name]?: number } {
  return price === null ? {} : ({ [name]: price } as { readonly [K in Name]?: number });
}

import type { Engine } from '../engine/engine.js';
import type { EngineSink } from '../engine/views.js';
import type { CandleRecord } from '../store/records.js';
import { TIMEFRAME_COUNT, TIMEFRAMES } from '../timeframe.js';
import { closedRecord, formingRecord } from './candle-record.js';
import type { ServedAsset } from './served-asset.js';

/** What takes records to be written; never blocks. */
export interface RecordSink {
  closed(record: CandleRecord): void;
  forming(record: CandleRecord): void;
}

/**
 * Hands closed candles to the writer at once, forming ones when `writeForming` is called: on the tick it only notes
 * that an asset moved.
 */
export class Persistence implements Pick<EngineSink, 'closed' | 'moved'> {
  readonly #engine: Engine;
  readonly #writer: RecordSink;
  readonly #assets: ServedAsset[] = [];
  readonly #moved = new Set<number>();

  constructor(engine: Engine, writer: RecordSink) {
    this.#engine = engine;
    this.#writer = writer;
  }

  add(served: ServedAsset): void {
    this.#assets[served.asset] = served;
  }

  closed(asset: number, timeframeIndex: number): void {
    const key = this.#key(asset, timeframeIndex);
    if (key !== null) this.#writer.closed(closedRecord(this.#engine, key, true));
  }

  moved(asset: number): void {
    this.#moved.add(asset);
  }

  /** Hands the forming candles of all assets that moved since the last call to the writer. */
  writeForming(): void {
    for (const asset of this.#moved) {
      for (let index = 0; index < TIMEFRAME_COUNT; index++) {
        const key = this.#key(asset, index);
        const record = key === null ? null : formingRecord(this.#engine, key);
        if (record !== null) this.#writer.forming(record);
      }
    }
    this.#moved.clear();
  }

  #key(asset: number, index: number) {
    const served = this.#assets[asset];
    const timeframe = TIMEFRAMES[index];
    if (served === undefined || timeframe === undefined) return null;
    return { assetId: served.assetId, timeframe, series: asset * TIMEFRAME_COUNT + index };
  }
}

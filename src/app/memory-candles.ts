import type { Engine, EngineSink } from '../engine/engine.js';
import type { CandleQuery, CandleReader, CandleRecord, ExactCandle } from '../store/records.js';
import { TIMEFRAME_COUNT, TIMEFRAMES, type Timeframe } from '../timeframe.js';
import { closedRecord } from './candle-record.js';

/** Closed candles kept per series: as many as `serve` loads by default. */
const KEPT = 2_400;

/** The newest closed candles of an engine, in memory: answers queries where there is no database. */
export class MemoryCandles implements CandleReader, Pick<EngineSink, 'closed'> {
  readonly #records = new Map<string, CandleRecord[]>();

  constructor(
    private readonly engine: Engine,
    /** Gives the id under which an asset of the engine is asked for. */
    private readonly assetId: (asset: number) => number,
  ) {}

  closed(asset: number, timeframeIndex: number): void {
    const timeframe = TIMEFRAMES[timeframeIndex] as Timeframe;
    const assetId = this.assetId(asset);
    const series = asset * TIMEFRAME_COUNT + timeframeIndex;
    const key = `${assetId} ${timeframe}`;
    const kept = this.#records.get(key) ?? [];
    this.#records.set(key, kept);
    kept.push(closedRecord(this.engine, { assetId, timeframe, series }, true));
    // Cut now and then, not one by one: a shift moves all the others.
    if (kept.length >= 2 * KEPT) kept.splice(0, kept.length - KEPT);
  }

  async latestClosed(query: CandleQuery): Promise<readonly CandleRecord[]> {
    return this.#select(query);
  }

  async latestClosedExact(query: CandleQuery): Promise<readonly ExactCandle[]> {
    return this.#select(query).map((record) => ({
      record,
      open: String(record.open),
      high: String(record.high),
      low: String(record.low),
      close: String(record.close),
      volume: String(record.volume),
    }));
  }

  #select({ assetId, timeframe, from = -Infinity, to = Infinity, limit }: CandleQuery): CandleRecord[] {
    const kept = this.#records.get(`${assetId} ${timeframe}`) ?? [];
    return kept.filter(({ time }) => time >= from && time < to).slice(-limit);
  }
}

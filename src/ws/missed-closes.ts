import type { PriceChannel } from '../channels.js';
import type { Publication } from '../events.js';
import type { CandleRecord } from '../store/records.js';
import type { ClosedAt, GatewayPorts } from './ports.js';

/** The channel of a series' candles. */
export type CandlesChannel = PriceChannel & { readonly kind: 'candles' };
type Row = readonly unknown[];

/** Rows of closed candles by their time. */
export type KnownCloses = ReadonlyMap<number, Row>;

/** Finds the candles that closed while a client was away: the newest in memory, the others in the database. */
export class MissedCloses {
  readonly #ports: Pick<GatewayPorts, 'market' | 'candles'>;
  readonly #underWay = new Map<string, Promise<KnownCloses>>();

  constructor(ports: Pick<GatewayPorts, 'market' | 'candles'>) {
    this.#ports = ports;
  }

  /**
   * Gives the closes after an offset, of memory and of the database: so that they are still to be had when more have closed
   * meanwhile. @throws what the database throws
   */
  async known(channel: CandlesChannel, offset: number): Promise<KnownCloses> {
    const { symbol, timeframe } = channel;
    const { market, candles } = this.#ports;
    const missed = market.closesAfter(symbol, timeframe, offset) ?? [];
    const inMemory = this.#inMemory(channel);
    const wanted = missed.filter(({ time }) => !inMemory.has(time));
    const assetId = market.assetId(symbol);
    const [first] = wanted;
    const last = wanted.at(-1);
    if (first === undefined || last === undefined || assetId === undefined) return inMemory;
    // Many come back at once, and ask for the same.
    const key = `${channel.name} ${first.time} ${last.time}`;
    let reading = this.#underWay.get(key);
    if (reading === undefined) {
      const limit = wanted.length;
      reading = candles
        .latestClosed({ assetId, timeframe, from: first.time, to: last.time + 1, limit })
        .then(
          (records) =>
            new Map(records.map((record) => [record.time, storedRow(record, market.isSimulated(symbol))])),
        );
      this.#underWay.set(key, reading);
      const done = (): void => void this.#underWay.delete(key);
      reading.then(done, done);
    }
    return new Map([...(await reading), ...inMemory]);
  }

  /** Gives the closes after an offset as they were published, oldest first; null: some of them are not to be had. */
  after(channel: CandlesChannel, offset: number, known: KnownCloses): readonly Publication[] | null {
    const missed = this.#ports.market.closesAfter(channel.symbol, channel.timeframe, offset);
    if (missed === null) return null;
    if (missed.length === 0) return [];
    const inMemory = this.#inMemory(channel);
    const found = missed.flatMap((closed) => {
      const row = inMemory.get(closed.time) ?? known.get(closed.time);
      return row === undefined ? [] : [publicationOf(channel, closed, row)];
    });
    return found.length === missed.length ? found : null;
  }

  #inMemory({ symbol, timeframe }: CandlesChannel): KnownCloses {
    return new Map(this.#ports.market.recentClosed(symbol, timeframe).map((row) => [row[0] as number, row]));
  }
}

function publicationOf({ name }: CandlesChannel, { offset }: ClosedAt, row: Row): Publication {
  return { channel: name, offset, time: Date.now(), lossless: true, row };
}

/** Values in the order of `CANDLE_FIELDS`; what only the moment of the close knew is null. */
function storedRow(record: CandleRecord, simulated: boolean): Row {
  const { time, open, high, low, close, volume, tradeCount, vwap, source, coverage } = record;
  const quality = ['closed', source, coverage, null, simulated];
  return [time, open, high, low, close, volume, tradeCount, vwap, true, ...quality, null, null];
}

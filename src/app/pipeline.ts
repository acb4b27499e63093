import type { Broker } from '../broker/broker.js';
import { Engine } from '../engine/engine.js';
import type { IndicatorSpec } from '../engine/indicators/spec.js';
import type { FeedEvent, Publication } from '../events.js';
import type { AssetRepository } from '../store/repositories/assets.js';
import type { StoreWriter } from '../store/writer.js';
import { EngineSinks } from './engine-sinks.js';
import { EngineMarketView } from './market-view.js';
import { Persistence } from './persistence.js';
import { Publisher } from './publisher.js';
import { RecentClosed } from './recent-closed.js';
import { ServedAsset } from './served-asset.js';
import type { Assignment } from './symbols.js';

/** The way of a tick, from the feed's event to the broker and the writer. */
export interface Pipeline {
  readonly engine: Engine;
  readonly sinks: EngineSinks;
  readonly persistence: Persistence;
  readonly market: EngineMarketView;
  /** In the order of the assignments. */
  readonly served: readonly ServedAsset[];
  /** Takes a feed's event through everything, synchronously. */
  process(event: FeedEvent): void;
}

export interface PipelinePorts {
  readonly broker: Broker<Publication>;
  readonly writer: StoreWriter;
  readonly assets: AssetRepository;
  /** What is computed on each tick. */
  readonly indicators: readonly IndicatorSpec[];
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/** Gives every assigned market its number in the engine and its row in `assets`, and joins the parts of the path. */
export async function createPipeline(
  assignments: readonly Assignment[],
  { broker, writer, assets, indicators, now }: PipelinePorts,
): Promise<Pipeline> {
  const engine = new Engine({ indicators });
  const served = await serve(assignments, engine, assets);
  const publisher = new Publisher(engine, broker, now);
  const persistence = new Persistence(engine, writer);
  const recent = new RecentClosed(
    engine,
    (asset) => served[asset]?.market.simulated ?? false,
    () => writer.closedQueued === 0,
  );
  const market = new EngineMarketView(engine, recent, now);
  for (const asset of served) {
    publisher.add(asset);
    persistence.add(asset);
    market.add(asset);
  }
  const sinks = new EngineSinks(publisher, persistence, recent);
  return {
    engine,
    sinks,
    persistence,
    market,
    served,
    process(event) {
      sinks.begin(event);
      engine.process(event, sinks);
    },
  };
}

async function serve(
  assignments: readonly Assignment[],
  engine: Engine,
  assets: AssetRepository,
): Promise<readonly ServedAsset[]> {
  const records = await assets.register(
    assignments.map(({ feed, market: { symbol, base, quote } }) => ({
      symbol,
      base,
      quote,
      dataSource: feed.dataSource,
    })),
  );
  return assignments.map(({ feed, market }, index) => {
    const record = records[index];
    if (record === undefined) throw new Error(`${market.symbol} was not registered`);
    const asset = engine.addAsset({ amountDecimals: market.amountDecimals, simulated: market.simulated });
    return new ServedAsset(market, asset, record.id, feed.dataSource);
  });
}

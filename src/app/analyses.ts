import { setTimeout as sleep } from 'node:timers/promises';
import { Analysis } from '../engine/analysis/analysis.js';
import type { FrameResult } from '../engine/analysis/look.js';
import { type AnalysisAsset, AnalysisMarket } from '../engine/analysis/market.js';
import { keyText, type SignalChange, type SignalDraft } from '../engine/analysis/signals/signal.js';
import { watchlistInputs } from '../engine/analysis/watchlists/watchlist-input.js';
import type { Logger } from '../logger.js';
import { analysesLane } from '../store/lanes/analyses.js';
import { keptLane, latestLane } from '../store/lanes/table-lanes.js';
import type { StoredEvent } from '../store/outbox.js';
import type { Pool } from '../store/pool.js';
import type { AnalysisBundle } from '../store/repositories/analysis-bundles.js';
import { signalsToGoOnWith } from '../store/repositories/live-signals.js';
import { metricsMemory } from '../store/repositories/metrics-memory.js';
import { activateEngineModels } from '../store/repositories/models.js';
import { newestSectorAnchors, type StoredAnchor } from '../store/repositories/sector-anchors.js';
import { analysedSectors, sectorsOfAssets } from '../store/repositories/sectors.js';
import { noteExcursions, type SignalExcursion } from '../store/repositories/signal-ends.js';
import { proposeRecommendations } from '../store/repositories/tier-changes.js';
import type { NewRecommendation } from '../store/signal-records.js';
import type { StoreWriter } from '../store/writer.js';
import { DAY_MS } from '../timeframe.js';
import { analysisBundle } from './analysis-bundle.js';
import { AnalysisHost } from './analysis-host.js';
import { ANCHOR_TIMEFRAMES, REMEMBERED_HOURS, reachableAnchors, rememberMetrics } from './analysis-memory.js';
import type { LiveTables } from './live-tables.js';
import type { Pipeline } from './pipeline.js';
import { PortfolioDesk } from './portfolio-desk.js';
import { RecommendationDesk } from './recommendation-desk.js';
import type { ServedAsset } from './served-asset.js';
import { SignalDesk } from './signal-desk.js';
import { SignalIds } from './signal-ids.js';
import { storedSignal } from './stored-signal.js';
import { readThresholds } from './thresholds.js';

export interface AnalysesOptions {
  readonly pipeline: Pick<Pipeline, 'engine' | 'sinks' | 'served'>;
  readonly writer: StoreWriter;
  /** Of the engine's role. */
  readonly pool: Pool;
  /** Of the gateway's. */
  readonly gateway: Pool;
  readonly tables: LiveTables;
  readonly logger: Logger;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/** The longest cooldown of a signal: those that ended before do not matter to a restart. */
const SIGNAL_MEMORY_MS = 10 * DAY_MS;
/** How long a start waits until what an earlier process has left is written: it goes on from there. */
const LEFT_OVER_MS = 2_000;
/** Model of a signal, by its name in `ai_models`. */
const SIGNAL_MODEL = 'signal_timing';

/**
 * The four layers in a server: what feeds them, what users and admins have set, and the way of what they find to the
 * database. `onLooked` is for whoever publishes.
 */
export class Analyses {
  readonly analysis: Analysis;
  readonly host: AnalysisHost;
  /** Whose prices the market as a whole is made of. */
  readonly dataSource: string;
  readonly desk: RecommendationDesk;
  readonly ids: SignalIds;
  onLooked: (result: FrameResult) => void = () => undefined;
  readonly #options: AnalysesOptions;
  readonly #excursions: (row: SignalExcursion) => void;
  readonly #signals: SignalDesk;
  readonly #portfolios: PortfolioDesk;
  /** Where the indices of sectors stood when an earlier process ended. */
  #anchors: readonly StoredAnchor[] = [];
  /** Whether the indices of sectors are made of all history. */
  #isSettled = false;

  private constructor(
    options: AnalysesOptions,
    models: Awaited<ReturnType<typeof activateEngineModels>>,
    hand: (bundle: AnalysisBundle) => void,
    recommend: (row: NewRecommendation) => void,
  ) {
    this.#options = options;
    const { pipeline, writer, pool, gateway, logger, tables } = options;
    const { engine, served, sinks } = pipeline;
    this.dataSource = marketSource(served);
    const isSimulated = served.some(({ market }) => market.simulated);
    this.desk = new RecommendationDesk({ engine: pool, gateway, logger });
    this.ids = new SignalIds(models[SIGNAL_MODEL]);
    this.#signals = new SignalDesk({
      aiModelId: models[SIGNAL_MODEL],
      symbolOf: (assetId) => tables.assets.get(assetId)?.symbol,
      writer,
      alerts: engine.alerts,
      alertSink: () => sinks.alerts,
    });
    this.#excursions = writer.addLane(
      latestLane('signal_excursions', noteExcursions, ({ key }) => JSON.stringify(key)),
    );
    this.analysis = new Analysis({
      forming: (asset, timeframe) => this.host.forming(asset, timeframe),
      sink: {
        looked: (found) => {
          // Indices of the few whose history is in are none of the sectors.
          const result = this.#isSettled ? found : { ...found, sectors: null };
          hand(analysisBundle(result, models, this.dataSource, isSimulated));
          for (const row of result.tiers) recommend(row);
          for (const { recommendations } of result.portfolios)
            for (const row of recommendations) recommend(row);
          this.onLooked(result);
        },
        opened: (asset: number, draft: SignalDraft) => this.#signals.opened(asset, draft),
        changed: (asset: number, draft: SignalDraft, change: SignalChange) => {
          this.ids.forget(keyText(draft));
          this.#signals.changed(asset, draft, change);
        },
      },
      signalId: (draft) => this.ids.of(keyText(draft)),
      dataSourceOf: (assetId) => tables.assets.get(assetId)?.dataSource,
    });
    this.host = new AnalysisHost(engine, this.analysis, logger);
    const { portfolios, market } = this.analysis;
    this.#portfolios = new PortfolioDesk({
      ...{ pool, tables, portfolios, market, logger },
      dataSource: this.dataSource,
    });
  }

  /**
   * Reads what an earlier process has left, takes what users and admins have set and follows it, and has the engine tell
   * the analyses from now on. To be called before any history is loaded.
   *
   * @throws what the database throws
   */
  static async open(options: AnalysesOptions): Promise<Analyses> {
    const { pool, writer, pipeline, logger } = options;
    const models = await activateEngineModels(pool);
    const hand = writer.addLane(analysesLane);
    const recommend = writer.addLane(keptLane<NewRecommendation>('recommendations', proposeRecommendations));
    await leftOver(writer);
    const analyses = new Analyses(options, models, hand, recommend);
    await analyses.#setMarket();
    await analyses.#goOn(models[SIGNAL_MODEL]);
    analyses.#followTables();
    await analyses.#portfolios.start();
    if (referenceOf(pipeline.served) === undefined) {
      logger.warn(
        'no market of BTC in dollars is served: there are no metrics, regime and analyses of the market',
      );
    }
    pipeline.sinks.analyse(analyses.host);
    return analyses;
  }

  /** All history has been handed over: once it is in, the sectors' indices are made of it. */
  async settle(): Promise<void> {
    await this.host.idle();
    // Indices of the part that has come so far would be wrong, and take the time that a stop has.
    if (this.host.isStopping) return;
    const { analysis } = this;
    const assets = analysis.market.assets.map(({ asset }) => asset);
    analysis.settle(reachableAnchors(this.#anchors, analysis.closes, assets));
    this.#isSettled = true;
    this.host.wake();
  }

  /** Does what waits, and nothing more. */
  async stop(): Promise<void> {
    // A query that hangs holds up nothing that waits.
    await Promise.all([this.#portfolios.stop(), this.host.stop()]);
  }

  /**
   * Takes what the outbox has told: it knows the rows of signals, and which of them an admin or another server has ended,
   * which are not followed any further.
   */
  heard({ channel, data }: StoredEvent): void {
    if (channel !== 'signals') return;
    const end = this.ids.heard(data);
    if (end !== null) this.analysis.signals.cancel(end.key, end.reason, this.#options.now());
  }

  /** Hands how far prices have gone of live signals to the writer: a restart goes on there. */
  noteExcursions(): void {
    for (const {
      draft,
      actualEntryPrice,
      maxFavorableExcursion,
      maxAdverseExcursion,
    } of this.analysis.signals.live()) {
      if (actualEntryPrice === null) continue;
      const key = this.#signals.key(draft);
      this.#excursions({ key, actualEntryPrice, maxFavorableExcursion, maxAdverseExcursion });
    }
  }

  /** Carries out what admins have approved, measures outcomes, and learns what has become of recommendations. */
  async recommendations(): Promise<void> {
    await this.desk.turn(this.#options.now());
    this.analysis.tiers.setAdvice(await this.desk.advice());
  }

  async #setMarket(): Promise<void> {
    const { pool, pipeline } = this.#options;
    const ids = pipeline.served.map(({ assetId }) => assetId);
    const sectors = new Map(
      (await sectorsOfAssets(pool, ids))
        .filter(({ isPrimary }) => isPrimary)
        .map(({ assetId, sectorId }) => [assetId, sectorId]),
    );
    const assets = pipeline.served.map(
      ({ asset, assetId, market: { symbol, base, quote, simulated } }): AnalysisAsset => ({
        ...{ asset, assetId, symbol, base, quote, simulated },
        sectorId: sectors.get(assetId) ?? null,
      }),
    );
    this.analysis.setMarket(assets, await analysedSectors(pool));
  }

  async #goOn(aiModelId: number): Promise<void> {
    const { pool, pipeline, now, logger } = this.#options;
    const numbers = new Map(pipeline.served.map(({ asset, assetId }) => [assetId, asset]));
    const since = now() - SIGNAL_MEMORY_MS;
    const rows = await signalsToGoOnWith(pool, { aiModelId, assetIds: [...numbers.keys()], since });
    for (const row of rows) {
      const signal = storedSignal(row);
      const asset = numbers.get(row.assetId);
      if (signal === null || asset === undefined) {
        logger.error({ id: row.id }, 'a stored signal lacks what it needs to go on; it stays as it is');
        continue;
      }
      this.analysis.signals.restore(asset, [signal]);
      this.ids.set(keyText(signal), row.id);
    }
    const { days, advice } = await this.desk.memory(this.dataSource);
    this.analysis.tiers.restore(days, advice);
    rememberMetrics(this.analysis.metrics, await metricsMemory(pool, this.dataSource, REMEMBERED_HOURS));
    this.#anchors = await newestSectorAnchors(pool, this.dataSource, ANCHOR_TIMEFRAMES);
  }

  #followTables(): void {
    const { watchlists, watchlistAssets, settings } = this.#options.tables;
    const { analysis } = this;
    const setLists = (): void =>
      analysis.watchlists.set(watchlistInputs(watchlists.values(), (id) => watchlistAssets.of(id)));
    const setThresholds = (): void => {
      const { signal, suggestion } = readThresholds(settings.get('ai_thresholds')?.value);
      if (signal !== null) analysis.signals.setOptions({ minConfidence: signal });
      if (suggestion !== null) analysis.tiers.configure(suggestion);
    };
    setLists();
    setThresholds();
    for (const table of [watchlists, watchlistAssets]) table.subscribe(later(setLists));
    settings.subscribe(setThresholds);
  }
}

/** Waits a while until rows that were found on the disk are in the database. */
async function leftOver(writer: StoreWriter): Promise<void> {
  const done = new AbortController();
  const late = sleep(LEFT_OVER_MS, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([writer.flush(), late]);
  done.abort();
}

/** Runs once after all changes of a turn: a bulk of a thousand rows is one change. */
function later(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      work();
    });
  };
}

/**
 * Names whose prices the market as a whole is made of: those of its Bitcoin. Without one it is no exchange's, and what is
 * kept of simulated prices stays apart from what is of real ones all the same.
 */
export function marketSource(served: readonly ServedAsset[]): string {
  const reference = referenceOf(served);
  if (reference !== undefined) return reference.dataSource;
  return served.some(({ market }) => market.simulated) ? 'none-simulated' : 'none';
}

/** The market that stands for all. */
function referenceOf(served: readonly ServedAsset[]): ServedAsset | undefined {
  const market = new AnalysisMarket();
  market.setAssets(
    served.map(({ asset, assetId, market: { symbol, base, quote, simulated } }) => ({
      ...{ asset, assetId, symbol, base, quote, simulated },
      sectorId: null,
    })),
  );
  const found = market.reference('BTC');
  return served.find(({ asset }) => asset === found?.asset);
}

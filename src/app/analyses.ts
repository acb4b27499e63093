import { Analysis, type FrameResult } from '../engine/analysis/analysis.js';
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
import { activateEngineModels } from '../store/repositories/models.js';
import { insertRecommendations } from '../store/repositories/recommendations.js';
import { analysedSectors, sectorsOfAssets } from '../store/repositories/sectors.js';
import { noteExcursions, type SignalExcursion } from '../store/repositories/signal-ends.js';
import type { NewRecommendation } from '../store/signal-records.js';
import type { StoreWriter } from '../store/writer.js';
import { DAY_MS, TIMEFRAME_COUNT } from '../timeframe.js';
import { analysisBundle } from './analysis-bundle.js';
import { AnalysisHost } from './analysis-host.js';
import type { LiveTables } from './live-tables.js';
import type { Pipeline } from './pipeline.js';
import { portfolioInputs } from './portfolio-inputs.js';
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
/** Model of a signal, by its name in `ai_models`. */
const SIGNAL_MODEL = 'signal_timing';

/**
 * The four layers in a server: what feeds them, what users and admins have set, and the way of what they find to the
 * database. `onLooked` and `onSignal` are for whoever publishes.
 */
export class Analyses {
  readonly analysis: Analysis;
  readonly host: AnalysisHost;
  /** Whose prices the market as a whole is made of. */
  readonly dataSource: string;
  readonly desk: RecommendationDesk;
  readonly ids = new SignalIds();
  onLooked: (result: FrameResult) => void = () => undefined;
  readonly #options: AnalysesOptions;
  readonly #excursions: (row: SignalExcursion) => void;
  readonly #signals: SignalDesk;

  private constructor(
    options: AnalysesOptions,
    models: Awaited<ReturnType<typeof activateEngineModels>>,
    hand: (bundle: AnalysisBundle) => void,
    recommend: (row: NewRecommendation) => void,
  ) {
    this.#options = options;
    const { pipeline, writer, pool, gateway, logger, tables } = options;
    const { engine, served, sinks } = pipeline;
    const reference = referenceOf(served);
    this.dataSource = reference?.dataSource ?? 'none';
    const isSimulated = served.some(({ market }) => market.simulated);
    this.desk = new RecommendationDesk({ engine: pool, gateway, logger });
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
      forming: (asset, timeframe) => engine.forming(asset * TIMEFRAME_COUNT + timeframe),
      sink: {
        looked: (result) => {
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
    const recommend = writer.addLane(
      keptLane<NewRecommendation>('recommendations', async (connection, rows) => {
        return (await insertRecommendations(connection, rows)).length;
      }),
    );
    const analyses = new Analyses(options, models, hand, recommend);
    await analyses.#setMarket();
    await analyses.#goOn(models[SIGNAL_MODEL]);
    analyses.#followTables();
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
    this.analysis.settle();
    this.host.wake();
  }

  /** Takes what the outbox has told: it knows the rows of signals. */
  heard({ channel, data }: StoredEvent): void {
    if (channel === 'signals') this.ids.heard(data);
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
  }

  #followTables(): void {
    const { watchlists, watchlistAssets, portfolios, portfolioAssets, riskSettings, settings, assets } =
      this.#options.tables;
    const { analysis } = this;
    const setLists = (): void =>
      analysis.watchlists.set(watchlistInputs(watchlists.values(), (id) => watchlistAssets.of(id)));
    const setPortfolios = (): void =>
      analysis.portfolios.set(portfolioInputs(this.#options.tables), analysis.market);
    const setThresholds = (): void => {
      const { signal, suggestion } = readThresholds(settings.get('ai_thresholds')?.value);
      if (signal !== null) analysis.signals.setOptions({ minConfidence: signal });
      if (suggestion !== null) analysis.tiers.configure(suggestion);
    };
    setLists();
    setPortfolios();
    setThresholds();
    for (const table of [watchlists, watchlistAssets]) table.subscribe(later(setLists));
    for (const table of [portfolios, portfolioAssets, riskSettings, assets])
      table.subscribe(later(setPortfolios));
    settings.subscribe(setThresholds);
  }
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

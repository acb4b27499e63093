import {
  ANALYSIS_HEAD_FIELDS,
  type AnalysisHead,
  camelName,
  METRICS_FIELDS,
  mapOf,
  REGIME_FIELDS,
  rowOf,
  SECTOR_FIELDS,
} from '../analysis-fields.js';
import type { AnalysisChannel } from '../channels.js';
import type { Analysis } from '../engine/analysis/analysis.js';
import type { SectorState } from '../engine/analysis/contexts.js';
import type { Frame } from '../engine/analysis/frame.js';
import type { MetricsSnapshot } from '../engine/analysis/metrics/snapshot.js';
import type { RegimeAnalysis } from '../engine/analysis/regime/analysis.js';
import type { SectorAnalysis, SectorFrame } from '../engine/analysis/sectors/sector-rows.js';
import { assetAnalysis } from '../engine/analysis/watchlists/asset-analysis.js';
import { type Timeframe, timeframeIndex } from '../timeframe.js';
import type { AnalysisMap, AnalysisView, ChannelState } from '../ws/ports.js';
import type { LiveScores } from './user-views/live-scores.js';

export interface LiveAnalysisOptions {
  readonly analysis: Analysis;
  readonly scores: LiveScores;
  readonly dataSource: string;
  readonly isSimulated: boolean;
  /** Numbers in the engine by symbol. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Our clock, ms since the epoch. */
  readonly now: () => number;
}

/** How long a live value is kept, ms. */
const FRESH_MS = 250;
const HOUR = timeframeIndex('1h');
const DAY = timeframeIndex('1d');

type Row = readonly unknown[];

/** The newest values of the analyses as the gateway sees them: with the candles that form, computed when asked for. */
export class LiveAnalysisView implements AnalysisView {
  readonly #options: LiveAnalysisOptions;
  readonly #kept = new Map<
    string,
    { readonly at: number; readonly version: number; readonly value: unknown }
  >();
  /** Offsets of the channels' newest changes. */
  readonly #offsets = new Map<string, number>();

  constructor(options: LiveAnalysisOptions) {
    this.#options = options;
  }

  sectors(): readonly { readonly id: number; readonly name: string }[] {
    return this.#options.analysis.market.sectors.map(({ id, name }) => ({ id, name }));
  }

  metrics(timeframe: Timeframe): AnalysisMap | null {
    const found = this.#metrics(timeframe);
    return found === null
      ? null
      : mapOf(METRICS_FIELDS, this.#metricsHead(found, 'forming'), this.#sourced(found));
  }

  regime(timeframe: Timeframe): AnalysisMap | null {
    const found = this.#regime(timeframe);
    return found === null ? null : mapOf(REGIME_FIELDS, this.#regimeHead(found, 'forming'), found);
  }

  regimeForecast(timeframe: Timeframe, horizon: number): AnalysisMap | null {
    const { regimes } = this.#options.analysis;
    const index = timeframeIndex(timeframe);
    const state = regimes.newest(index);
    const probabilities = regimes.forecast(index, horizon);
    if (state === null || probabilities === null) return null;
    return {
      ...this.#head(state.time, 'closed'),
      current_regime: state.regime,
      probabilities,
      statistics: regimes.statistics(index),
    };
  }

  sectorAnalyses(): readonly AnalysisMap[] {
    const frame = this.#sectorFrame();
    if (frame === null) return [];
    return ranked(frame).map((row) => mapOf(SECTOR_FIELDS, this.#sectorHead(row, 'forming'), row));
  }

  rotation(): AnalysisMap | null {
    const frame = this.#sectorFrame();
    if (frame === null) return null;
    const names = new Map(this.sectors().map(({ id, name }) => [id, name]));
    const columns = Object.keys(frame.cross).map(snakeName);
    return {
      ...mapOf(
        [...ANALYSIS_HEAD_FIELDS, ...columns],
        this.#head(frame.cross.analysisTime, 'forming'),
        frame.cross,
      ),
      flows: frame.flows
        .toSorted((a, b) => b.score - a.score)
        .map(({ fromSectorId, toSectorId, score }) => ({
          from_sector_id: fromSectorId,
          from_sector: names.get(fromSectorId) ?? null,
          to_sector_id: toSectorId,
          to_sector: names.get(toSectorId) ?? null,
          score,
        })),
    };
  }

  async asset(symbol: string): Promise<AnalysisMap> {
    const { analysis, scores, numbers, isSimulated } = this.#options;
    const asset = numbers.get(symbol);
    if (asset === undefined) throw new RangeError(`${symbol} is not served`);
    const found = await scores.use((newest) =>
      newest === null ? null : assetAnalysis(newest, asset, analysis.activeSignals),
    );
    if (found === null) {
      const missing = Object.fromEntries(
        ['current_analysis', 'performance_metrics', 'recommendation'].map((field) => [field, NOT_WARM]),
      );
      return { current_analysis: null, performance_metrics: null, recommendation: null, missing };
    }
    return { ...found, simulated: isSimulated };
  }

  async watchlist(id: number): Promise<AnalysisMap | null> {
    const { analysis, scores, isSimulated } = this.#options;
    const found = await scores.use((newest) =>
      newest === null ? null : analysis.watchlists.live(newest, id),
    );
    return found === null ? null : { ...found, state: 'forming', simulated: isSimulated };
  }

  state(channel: AnalysisChannel): ChannelState {
    const row = this.row(channel);
    return { offset: this.#offsets.get(channel.name) ?? 0, time: this.#options.now(), row };
  }

  /** Gives the values of a channel as they are with the candles that form; null: nothing can be said yet. */
  row(channel: AnalysisChannel): Row | null {
    if (channel.kind === 'sectors') {
      const frame = this.#sectorFrame();
      return frame === null ? null : this.sectorRows(frame, channel.sector, 'forming');
    }
    if (channel.kind === 'metrics') {
      const found = this.#metrics(channel.timeframe);
      return found === null ? null : this.metricsRow(found, 'forming');
    }
    const found = this.#regime(channel.timeframe);
    return found === null ? null : this.regimeRow(found, 'forming');
  }

  metricsRow(snapshot: MetricsSnapshot, state: AnalysisHead['state']): Row {
    return rowOf(METRICS_FIELDS, this.#metricsHead(snapshot, state), this.#sourced(snapshot));
  }

  regimeRow(regime: RegimeAnalysis, state: AnalysisHead['state']): Row {
    return rowOf(REGIME_FIELDS, this.#regimeHead(regime, state), regime);
  }

  /** A list of rows, the best sector first; of one sector its row, and null if it is not analysed. */
  sectorRows(frame: SectorFrame, sector: string | null, state: AnalysisHead['state']): Row | null {
    const rows = ranked(frame).map((row) => {
      const head = this.#sectorHead(row, state);
      return { name: head.sector, row: () => rowOf(SECTOR_FIELDS, head, row) };
    });
    if (sector === null) return rows.map(({ row }) => row());
    return rows.find(({ name }) => name === sector)?.row() ?? null;
  }

  /** Counts a change of a channel; gives its offset. */
  count(channel: string): number {
    const offset = (this.#offsets.get(channel) ?? 0) + 1;
    this.#offsets.set(channel, offset);
    return offset;
  }

  #head(time: number, state: AnalysisHead['state']): AnalysisHead {
    return { time, state, simulated: this.#options.isSimulated };
  }

  #metricsHead({ snapshotTime }: MetricsSnapshot, state: AnalysisHead['state']): AnalysisHead {
    return this.#head(snapshotTime, state);
  }

  #regimeHead({ analysisTime }: RegimeAnalysis, state: AnalysisHead['state']): AnalysisHead {
    return this.#head(analysisTime, state);
  }

  #sectorHead(row: SectorAnalysis, state: AnalysisHead['state']): AnalysisHead & { readonly sector: string } {
    const sector = this.#options.analysis.market.sectors.find(({ id }) => id === row.sectorId);
    return { ...this.#head(row.analysisTime, state), sector: sector?.name ?? String(row.sectorId) };
  }

  #sourced(snapshot: MetricsSnapshot): object {
    return { ...snapshot, dataSource: this.#options.dataSource };
  }

  #metrics(timeframe: Timeframe): MetricsSnapshot | null {
    const { analysis } = this.#options;
    const frame = this.#frame(timeframeIndex(timeframe));
    return this.#keep(`metrics ${timeframe}`, FRESH_MS, () =>
      frame === null ? null : analysis.metrics.live(frame),
    );
  }

  #regime(timeframe: Timeframe): RegimeAnalysis | null {
    const { analysis } = this.#options;
    const frame = this.#frame(timeframeIndex(timeframe));
    if (frame === null) return null;
    const metrics = timeframe === '1M' ? null : this.#metrics(timeframe);
    return this.#keep(`regime ${timeframe}`, FRESH_MS, () =>
      analysis.regimes.live(frame, metrics, this.#sectorStates()),
    );
  }

  #sectorStates(): readonly SectorState[] {
    const { analysis } = this.#options;
    return analysis.market.sectors.flatMap(({ id }) => analysis.sectors.newest(id) ?? []);
  }

  #sectorFrame(): SectorFrame | null {
    const { analysis } = this.#options;
    const frame = this.#frame(HOUR);
    return this.#keep('sectors', 4 * FRESH_MS, () =>
      frame === null ? null : analysis.sectors.live(frame, analysis.regimes.newest(DAY)),
    );
  }

  /** The market as of a moment that all live values share; null: no price is known yet. */
  #frame(timeframe: number): Frame | null {
    const frames = this.#keep('frames', FRESH_MS, () => this.#options.analysis.liveFrames());
    const frame = frames(timeframe);
    return Number.isNaN(frame.candleTime) ? null : frame;
  }

  #keep<T>(key: string, freshMs: number, make: () => T): T {
    const now = performance.now();
    // A candle that has closed since would be read twice: as it formed, and as it closed.
    const { version } = this.#options.analysis;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.version === version && now - kept.at < freshMs) return kept.value as T;
    const value = make();
    this.#kept.set(key, { at: now, version, value });
    return value;
  }
}

const NOT_WARM = 'no price is known yet';

/** By performance where that is known, then as they come. */
function ranked({ sectors, cross }: SectorFrame): readonly SectorAnalysis[] {
  const ranks = new Map(
    (cross.sectorPerformanceRanking ?? []).map(({ sector_id, rank }) => [sector_id, rank]),
  );
  const rankOf = ({ sectorId }: SectorAnalysis): number => ranks.get(sectorId) ?? Number.POSITIVE_INFINITY;
  return sectors.toSorted((a, b) => rankOf(a) - rankOf(b) || a.sectorId - b.sectorId);
}

/** Gives the column of a record's field: `aiMarketOutlook` → `ai_market_outlook`. */
function snakeName(field: string): string {
  const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return camelName(column) === field ? column : field;
}

import type { AnalysisChannel } from '../../src/channels.js';
import type { ActiveSignals } from '../../src/store/guest-reader.js';
import type { AnalysisMap, AnalysisView, ChannelState, StoredAnalyses } from '../../src/ws/ports.js';

/** Stands for the analyses: answers what a test has put there. */
export class FakeAnalysis implements AnalysisView {
  sectorList: { readonly id: number; readonly name: string }[] = [
    { id: 1, name: 'DeFi' },
    { id: 2, name: 'Layer 1 (L1)' },
    { id: 3, name: 'Memes' },
  ];
  readonly metricsRows = new Map<string, AnalysisMap>();
  readonly regimes = new Map<string, AnalysisMap>();
  readonly forecasts = new Map<string, AnalysisMap>();
  sectorRows: AnalysisMap[] = [];
  rotationRow: AnalysisMap | null = null;
  readonly assets = new Map<string, AnalysisMap>();
  readonly watchlists = new Map<number, AnalysisMap>();

  constructor(private readonly states: ReadonlyMap<string, ChannelState>) {}

  sectors(): readonly { readonly id: number; readonly name: string }[] {
    return this.sectorList;
  }

  metrics(timeframe: string): AnalysisMap | null {
    return this.metricsRows.get(timeframe) ?? null;
  }

  regime(timeframe: string): AnalysisMap | null {
    return this.regimes.get(timeframe) ?? null;
  }

  regimeForecast(timeframe: string, horizon: number): AnalysisMap | null {
    return this.forecasts.get(`${horizon} ${timeframe}`) ?? null;
  }

  sectorAnalyses(): readonly AnalysisMap[] {
    return this.sectorRows;
  }

  rotation(): AnalysisMap | null {
    return this.rotationRow;
  }

  async asset(symbol: string): Promise<AnalysisMap> {
    const found = this.assets.get(symbol);
    if (found === undefined) throw new RangeError(`${symbol} is not served`);
    return found;
  }

  async watchlist(id: number): Promise<AnalysisMap | null> {
    return this.watchlists.get(id) ?? null;
  }

  state(channel: AnalysisChannel): ChannelState {
    return this.states.get(channel.name) ?? { offset: 0, time: 0, row: null };
  }
}

/** Stands for the database where only the signals of channels are read; everything else is refused. */
export function storedSignals(
  activeSignals: (channel: string, symbol: string | null) => Promise<ActiveSignals>,
): StoredAnalyses {
  const refuse = (): Promise<never> => Promise.reject(new Error('this test has no database'));
  return {
    dataSource: 'demo',
    activeSignals,
    metrics: refuse,
    metricsHistory: refuse,
    regimeHistory: refuse,
    sectors: refuse,
    sectorPerformance: refuse,
    sectorHistory: refuse,
    rotation: refuse,
    signals: refuse,
    signal: refuse,
    signalPerformance: refuse,
    modelNames: refuse,
    watchlists: refuse,
    watchlist: refuse,
  };
}

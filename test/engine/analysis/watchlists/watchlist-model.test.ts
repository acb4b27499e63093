import t from 'tap';
import type { ActiveSignal } from '../../../../src/engine/analysis/watchlists/signal-reader.js';
import type { WatchlistAnalysis } from '../../../../src/engine/analysis/watchlists/watchlist-analysis.js';
import { watchlistInputs } from '../../../../src/engine/analysis/watchlists/watchlist-input.js';
import { WatchlistModel } from '../../../../src/engine/analysis/watchlists/watchlist-model.js';
import {
  type NewWatchlistAnalysis,
  WATCHLIST_ANALYSES,
} from '../../../../src/store/asset-analysis-records.js';
import { DAY_MS, HOUR_MS } from '../../../../src/timeframe.js';
import { assetOf, BEGIN, contextsOf, DAY, HOUR, PlayedMarket, sectorOf, walk } from './played-market.js';

const ASSETS = [
  assetOf(0, 'BTC/USDT', 1),
  assetOf(1, 'ETH/USDT', 1),
  assetOf(2, 'SOL/USDT', 1),
  assetOf(3, 'XRP/USDT'),
];
const SECTORS = contextsOf(sectorOf(1, 0.7));
const [BTC, ETH, SOL, XRP] = [1, 11, 21, 31];
const LISTS = watchlistInputs(
  [
    { id: 5, name: 'Mine', userId: 9, isActive: true, maxAssets: 25 },
    { id: 1, name: 'Tier 1', userId: null, isActive: true, maxAssets: 20 },
    { id: 3, name: 'Gone', userId: 9, isActive: false, maxAssets: 25 },
    { id: 6, name: 'Elsewhere', userId: 9, isActive: true, maxAssets: 25 },
  ],
  (id) =>
    id === 5
      ? [
          { id: 1, assetId: ETH, positionType: 'short', sortOrder: 2, isActive: true },
          { id: 2, assetId: BTC, positionType: 'long', sortOrder: 1, isActive: true },
          { id: 3, assetId: 777, positionType: 'long', sortOrder: 3, isActive: true },
          { id: 4, assetId: SOL, positionType: 'long', sortOrder: 4, isActive: false },
        ]
      : id === 1
        ? [{ id: 5, assetId: BTC, positionType: 'long', sortOrder: 1, isActive: true }]
        : [{ id: 6, assetId: 777, positionType: 'long', sortOrder: 1, isActive: true }],
);
const SIGNALS: readonly ActiveSignal[] = [
  { id: 123, type: 'long', confidence: 0.9, entryPrice: 45_000, quality: 'high' },
  { id: null, type: 'short', confidence: 0.6, entryPrice: 46_000, quality: 'low' },
];
const signals = { activeOf: (asset: number) => (asset === 0 ? SIGNALS : []) };
const none = { activeOf: () => [] };

function played(timeframe: number, count: number): PlayedMarket {
  const market = new PlayedMarket(ASSETS);
  for (const { asset } of ASSETS)
    market.pushAll(asset, timeframe, walk(asset + 40, count, { timeframe, drift: 0.003 }));
  return market;
}

function model(): WatchlistModel {
  const made = new WatchlistModel();
  made.set(LISTS);
  return made;
}

t.test('lists are the active ones, by id, their assets in the order of the list', (t) => {
  t.same(
    model().lists.map(({ id, assets }) => [id, assets.map(({ assetId }) => assetId)]),
    [
      [1, [BTC]],
      [5, [BTC, ETH, 777]],
      [6, [777]],
    ],
  );
  t.equal(model().list(3), undefined);
  t.end();
});

t.test('every column of a row is filled, or has its reason', (t) => {
  for (const [count, reader] of [
    [300, signals],
    [300, none],
    [10, none],
  ] as const) {
    const watchlists = model();
    const scores = watchlists.scores(played(DAY, count).frame(DAY, BEGIN + (count - 1) * DAY_MS), SECTORS);
    const row = watchlists.analyse(scores, 5, reader);
    const written: Omit<NewWatchlistAnalysis, 'aiModelId' | 'metricsSnapshotId'> | null = row;
    const missing = (row?.analysisData.missing ?? {}) as Record<string, string>;
    for (const column of WATCHLIST_ANALYSES.columnNames) {
      if (column === 'ai_model_id' || column === 'metrics_snapshot_id') continue;
      const name = column.replace(/_(.)/g, (_, letter: string) =>
        letter.toUpperCase(),
      ) as keyof WatchlistAnalysis;
      t.equal(
        row?.[name] === null,
        column in missing,
        `${column}: ${JSON.stringify(row?.[name])?.slice(0, 40)}`,
      );
      t.not(row?.[name], undefined);
    }
    for (const score of [row?.aiConfidenceScore, row?.signalAgreementScore]) {
      t.ok(score === null || (score !== undefined && score >= 0 && score <= 1));
    }
    t.ok(row?.outlookDurationEstimate === null || Number.isInteger(row?.outlookDurationEstimate));
    t.ok(written);
  }
  t.end();
});

t.test('a row says which assets are best as they are watched, with their signals', (t) => {
  const watchlists = model();
  const scores = watchlists.scores(played(DAY, 300).frame(DAY, BEGIN + 299 * DAY_MS), SECTORS);
  const row = watchlists.analyse(scores, 5, signals);
  t.match(row, { timeframe: '1d', candleTime: BEGIN + 299 * DAY_MS, analysisTime: BEGIN + 300 * DAY_MS });
  t.same(
    row?.assetScores.map(({ rank }) => rank),
    [1, 2],
  );
  const entries = new Map(row?.assetScores.map((entry) => [entry.asset_id, entry]));
  t.match(entries.get(BTC), {
    symbol: 'BTC/USDT',
    position_type: 'long',
    signal_count: 2,
    avg_signal_quality: 0.6667,
  });
  t.match(entries.get(ETH), { position_type: 'short', signal_count: 0, avg_signal_quality: null });
  t.match(entries.get(ETH)?.missing, { avg_signal_quality: 'no signal is active' });
  const long = scores.ofId(ETH)?.components.trend?.value ?? 0;
  t.ok(Math.abs((entries.get(ETH)?.components.trend?.value ?? 0) - (1 - long)) < 1e-4);
  t.same(row?.generatedSignals, [
    { signal_id: 123, asset_id: BTC, signal_type: 'long', confidence: 0.9, entry_price: 45_000 },
    { signal_id: null, asset_id: BTC, signal_type: 'short', confidence: 0.6, entry_price: 46_000 },
  ]);
  t.match(row?.keySignals, {
    [BTC]: { active_signals: [123], volume_spike: Boolean, breakout: Boolean },
    [ETH]: {},
  });
  t.ok(Math.abs((row?.signalAgreementScore ?? 0) - 0.3 / 1.5) < 1e-12);
  const directions = [BTC, ETH].map((id) => scores.ofId(id)?.direction ?? 0);
  const mean = ((directions[0] ?? 0) + (directions[1] ?? 0)) / 2;
  t.equal(row?.aiWatchlistOutlook, mean > 0.55 ? 'Bullish' : mean < 0.45 ? 'Bearish' : 'Neutral');
  t.match(row?.analysisData, {
    listed: 3,
    served: 2,
    scored: 2,
    rationale: [/mean direction/, /^Highest: /, /^Lowest: /],
  });
  t.notOk(row?.analysisData.candidates, 'a personal list keeps no candidates');
  t.end();
});

t.test('the estimate of duration is the mean length of the runs about the mean of 20, in hours', (t) => {
  const watchlists = model();
  const market = played(HOUR, 400);
  const scores = watchlists.scores(market.frame(HOUR, BEGIN + 399 * HOUR_MS), SECTORS);
  const lengths: number[] = [];
  for (const asset of [0, 1]) {
    const closes = walk(asset + 40, 400, { timeframe: HOUR, drift: 0.003 }).map(({ close }) => close);
    const above = closes.map(
      (close, i) => close > closes.slice(i - 19, i + 1).reduce((a, b) => a + b, 0) / 20,
    );
    const changes: number[] = [];
    for (let i = 400 - 168; i < 400; i++) if (above[i] !== above[i - 1]) changes.push(i);
    for (let i = 1; i < changes.length; i++) lengths.push((changes[i] ?? 0) - (changes[i - 1] ?? 0));
  }
  const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length;
  t.ok(lengths.length > 4);
  t.equal(watchlists.analyse(scores, 5, none)?.outlookDurationEstimate, Math.ceil(mean));
  t.end();
});

t.test('the daily row of a default list keeps the scores of those that are in none', (t) => {
  const watchlists = model();
  const frame = played(DAY, 300).frame(DAY, BEGIN + 299 * DAY_MS);
  const scores = watchlists.scores(frame, SECTORS);
  const candidates = (watchlists.analyse(scores, 1, none)?.analysisData.candidates ?? []) as readonly Record<
    string,
    number
  >[];
  t.same(
    candidates.map((each) => each.asset_id),
    [ETH, SOL, XRP],
  );
  t.ok(Math.abs((candidates[0]?.score ?? 0) - (scores.ofId(ETH)?.score ?? 1)) < 1e-4);
  const forming = { ...scores, frame: { ...frame, isForming: true } };
  t.notOk(watchlists.analyse(forming, 1, none)?.analysisData.candidates, 'only when the day has closed');
  t.end();
});

t.test('live values have the same scores, and no list without a served asset says anything', (t) => {
  const watchlists = model();
  const scores = watchlists.scores(played(HOUR, 300).frame(HOUR, BEGIN + 299 * HOUR_MS), SECTORS);
  const row = watchlists.analyse(scores, 5, none);
  const live = watchlists.live(scores, 5);
  t.match(live, {
    watchlist_id: 5,
    timeframe: '1h',
    outlook: row?.aiWatchlistOutlook,
    time: '2024-01-13T12:00:00.000Z',
  });
  t.same(
    live?.scores.map((each) => each.score),
    row?.assetScores.map(({ score }) => score),
  );
  for (const id of [6, 3]) {
    t.equal(watchlists.analyse(scores, id, none), null);
    t.equal(watchlists.live(scores, id), null);
  }
  t.end();
});

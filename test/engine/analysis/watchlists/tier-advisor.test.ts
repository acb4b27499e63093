import fc from 'fast-check';
import t from 'tap';
import {
  type AssetScore,
  COMPONENT_NAMES,
  COMPONENTS,
} from '../../../../src/engine/analysis/watchlists/score.js';
import type { MarketScores } from '../../../../src/engine/analysis/watchlists/scores.js';
import type { TierRecommendation } from '../../../../src/engine/analysis/watchlists/tier-advice.js';
import { TierAdvisor } from '../../../../src/engine/analysis/watchlists/tier-advisor.js';
import type { WatchlistInput } from '../../../../src/engine/analysis/watchlists/watchlist-input.js';
import { type NewRecommendation, RECOMMENDATIONS } from '../../../../src/store/signal-records.js';
import { DAY_MS, momentText } from '../../../../src/timeframe.js';
import { assetOf, BEGIN, DAY, numbersOf, PlayedMarket } from './played-market.js';

/** BTC and LTC are in Tier 1, ADA in Tier 2, SOL in none. Rows are ten times the number and one more. */
const ASSETS = ['BTC/USDT', 'LTC/USDT', 'ADA/USDT', 'SOL/USDT', 'SOL/EUR', 'SOL/USDC', 'DOT/USDT'].map(
  (symbol, i) => assetOf(i, symbol),
);
const [LTC, ADA, SOL, DOT] = [11, 21, 31, 61];
const MARKET = new PlayedMarket(ASSETS);

function listsOf(
  max: readonly [number, number] = [20, 100],
  side: 'long' | 'short' = 'long',
): readonly WatchlistInput[] {
  const list = (id: number, name: string, maxAssets: number, ids: readonly number[]): WatchlistInput => ({
    ...{ id, name, userId: null, maxAssets },
    assets: ids.map((assetId) => ({ assetId, positionType: assetId === ADA ? side : 'long' })),
  });
  return [list(7, 'Tier 1', max[0], [1, LTC]), list(8, 'Tier 2', max[1], [ADA])];
}

/** All components alike. */
function componentsOf(value: number): AssetScore['components'] {
  return Object.fromEntries(
    COMPONENT_NAMES.map((name) => {
      const { weight } = COMPONENTS[name];
      return [name, { value, weight, contribution: value * weight }];
    }),
  );
}

/** Scores of a day: of who is not named 0.5. */
function scoresOf(day: number, given: Readonly<Record<number, number | null>>, coverage = 1): MarketScores {
  const all = ASSETS.map(({ asset, assetId, symbol }): AssetScore => {
    const value = given[assetId] === undefined ? 0.5 : given[assetId];
    return {
      ...{ asset, assetId, symbol, side: 'long', price: value === null ? null : 100 + asset, score: value },
      ...{ rank: 1, direction: value, coverage, missing: value === null ? { score: 'late' } : {} },
      components: value === null ? {} : componentsOf(value),
    };
  });
  return {
    frame: MARKET.frame(DAY, BEGIN + (day - 1) * DAY_MS),
    all,
    of: (asset) => all[asset],
    ofId: (id) => all.find(({ assetId }) => assetId === id),
  };
}

const source = (): string => 'binance';

/** Plays days with the scores of one asset, and gives what was recommended, by day. */
function play(
  assetId: number,
  scores: readonly (number | null)[],
  lists = listsOf(),
  advisor = new TierAdvisor(),
  more: Readonly<Record<number, number>> = {},
): readonly (readonly [number, TierRecommendation])[] {
  return scores.flatMap((score, i) =>
    advisor
      .decide(scoresOf(i + 1, { ...more, [assetId]: score }), lists, source)
      .map((row): readonly [number, TierRecommendation] => [i + 1, row]),
  );
}

const titles = (found: ReturnType<typeof play>): readonly unknown[] =>
  found.map(([day, { recommendationTitle }]) => [day, recommendationTitle]);
const days = (count: number, score: number): readonly number[] => Array.from({ length: count }, () => score);

t.test('who is in no tier and good for five days is to be added, once', (t) => {
  t.same(titles(play(SOL, days(40, 0.72))), [[5, 'Add SOL/USDT to Tier 2']]);
  t.same(titles(play(SOL, days(4, 0.9))), []);
  t.same(titles(play(SOL, days(40, 0.64))), []);
  t.same(titles(play(41, days(40, 0.9))), [], 'not in euros');
  t.same(titles(play(51, days(40, 0.9))), [], 'one market of a coin');
  t.end();
});

t.test('members go up, down and out', (t) => {
  t.same(titles(play(ADA, days(20, 0.75))), [[7, 'Promote ADA/USDT from Tier 2 to Tier 1']]);
  t.same(titles(play(LTC, days(20, 0.35))), [[7, 'Demote LTC/USDT from Tier 1 to Tier 2']]);
  t.same(titles(play(ADA, days(20, 0.2))), [[7, 'Remove ADA/USDT from Tier 2']]);
  t.same(
    titles(play(ADA, days(20, 0.2), listsOf([20, 100], 'short'))),
    [[7, 'Promote ADA/USDT from Tier 2 to Tier 1']],
    'as it is watched',
  );
  t.end();
});

t.test('a score about the threshold gives one recommendation', (t) => {
  const about = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 0.63 : 0.68));
  t.equal(play(SOL, about).length, 1);
  const wide = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 0.55 : 0.75));
  t.equal(play(SOL, wide).length, 0, 'never five days in a row');
  t.end();
});

t.test('after a recommendation an asset is left alone for 14 days, and for the rest of its streak', (t) => {
  const broken = [...days(6, 0.8), 0.5, ...days(30, 0.8)];
  t.same(
    play(SOL, broken).map(([day]) => day),
    [5, 19],
  );
  t.same(
    play(SOL, days(59, 0.8)).map(([day]) => day),
    [5],
  );
  t.end();
});

t.test('a day without a score, and a day that is missing, end a streak', (t) => {
  t.same(titles(play(SOL, [...days(4, 0.8), null, ...days(4, 0.8)])), []);
  const advisor = new TierAdvisor();
  const found = [1, 2, 3, 5, 6].flatMap((day) =>
    advisor.decide(scoresOf(day, { [SOL]: 0.8 }), listsOf(), source),
  );
  t.same(found, []);
  t.end();
});

t.test('nothing is recommended of what is open already, nor with too little confidence', (t) => {
  const advisor = new TierAdvisor();
  advisor.setAdvice([{ assetId: SOL, time: BEGIN - 100 * DAY_MS, isOpen: true, to: null }]);
  t.same(play(SOL, days(30, 0.8), listsOf(), advisor), []);
  advisor.setAdvice([{ assetId: SOL, time: BEGIN - 100 * DAY_MS, isOpen: false, to: null }]);
  t.equal(advisor.decide(scoresOf(31, { [SOL]: 0.8 }), listsOf(), source).length, 1, 'it was settled');
  const strict = new TierAdvisor();
  strict.configure(0.9);
  t.same(
    play(SOL, days(30, 0.8), listsOf(), strict).map(([day]) => day),
    [7],
    'coverage 1, steady 1, 7 of 10 days: 0.9',
  );
  strict.configure(1.01);
  t.same(play(SOL, days(30, 0.8), listsOf(), strict), []);
  t.end();
});

t.test('a full list gives up its worst, if that is clearly worse', (t) => {
  const full = listsOf([2, 1]);
  const [promoted] = play(ADA, days(10, 0.75), full, new TierAdvisor(), { [LTC]: 0.46, 1: 0.48 });
  t.match(promoted?.[1].recommendationPayload, {
    action: 'promote',
    swap: { asset_id: LTC, symbol: 'LTC/USDT', mean_score: 0.46, to_watchlist: { id: 8, name: 'Tier 2' } },
  });
  t.match(
    promoted?.[1].recommendationSummary,
    /Tier 1 is full: LTC\/USDT, 0.46 on average, goes to Tier 2 in exchange/,
  );
  t.same(play(ADA, days(10, 0.75), full, new TierAdvisor(), { [LTC]: 0.66, 1: 0.66 }), [], 'nobody is worse');
  const [added] = play(SOL, days(10, 0.8), full);
  t.match(added?.[1].recommendationPayload, { action: 'add', swap: { asset_id: ADA, to_watchlist: null } });
  const [out] = play(LTC, days(10, 0.35), full);
  t.match(out?.[1], {
    recommendationTitle: 'Remove LTC/USDT from Tier 1',
    recommendationSummary: /lower tier has no room/,
    targetEntityId: 7,
  });
  t.end();
});

t.test('two who come on one day do not get the last place both', (t) => {
  const comeInto = (places: number): readonly unknown[] => {
    const advisor = new TierAdvisor();
    const scores = { [SOL]: 0.8, [DOT]: 0.8, [LTC]: 0.66, 1: 0.66, [ADA]: 0.75 };
    return days(6, 0).flatMap((_, i) =>
      advisor
        .decide(scoresOf(i + 1, scores), listsOf([20, places]), source)
        .map((row) => row.recommendationTitle),
    );
  };
  t.same(comeInto(3), ['Add SOL/USDT to Tier 2', 'Add DOT/USDT to Tier 2']);
  t.same(comeInto(2), ['Add SOL/USDT to Tier 2'], 'the place is kept on the next day too');
  const advisor = new TierAdvisor();
  advisor.setAdvice([{ assetId: 999, time: BEGIN - 100 * DAY_MS, isOpen: true, to: 8 }]);
  const scores = { [LTC]: 0.66, 1: 0.66, [ADA]: 0.75 };
  t.same(
    titles(play(SOL, days(6, 0.8), listsOf([20, 2]), advisor, scores)),
    [],
    'for who was recommended before',
  );
  t.end();
});

t.test('a row says all that a reviewer and the measurement need', (t) => {
  const [found] = play(SOL, days(5, 0.82));
  const row = found?.[1];
  const written: NewRecommendation | undefined = row;
  t.ok(written);
  t.match(row, {
    ...{
      userId: null,
      targetEntityType: 'watchlist',
      targetEntityId: 8,
      recommendationType: 'add',
      aiLayer: 3,
    },
    ...{
      status: 'pending',
      priorityLevel: 'high',
      expiresAt: BEGIN + 12 * DAY_MS,
      dedupKey: 'tier:add:31:2024-01-06',
    },
    recommendationPayload: {
      ...{ asset_id: SOL, symbol: 'SOL/USDT', from_watchlist: null, to_watchlist: { id: 8, name: 'Tier 2' } },
      ...{
        score: 0.82,
        mean_score: 0.82,
        price: 103,
        time: momentText(BEGIN + 5 * DAY_MS),
        benchmark_asset_id: 1,
      },
      ...{ tier_asset_ids: [ADA], tier_watchlist_ids: [7, 8], swap: null },
      evidence: ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05'].map((day) => ({
        day,
        score: 0.82,
      })),
    },
  });
  const later = [
    'user_feedback',
    'user_rating',
    'outcome_result',
    'reviewed_by',
    'review_notes',
    'reviewed_at',
    'implemented_at',
  ];
  const missing = row?.recommendationPayload.missing as Record<string, string>;
  for (const column of RECOMMENDATIONS.columnNames.filter((name) => !later.includes(name))) {
    const name = column.replace(/_(.)/g, (_, letter: string) =>
      letter.toUpperCase(),
    ) as keyof TierRecommendation;
    t.equal((row?.[name] ?? null) === null, column in missing, column);
  }
  t.end();
});

t.test('a day is decided once, other frames not at all', (t) => {
  const advisor = new TierAdvisor();
  t.equal(play(SOL, days(5, 0.8), listsOf(), advisor).length, 1);
  const again = scoresOf(5, { [SOL]: 0.8 });
  t.same(advisor.decide(again, listsOf(), source), []);
  const fresh = new TierAdvisor();
  play(SOL, days(4, 0.8), listsOf(), fresh);
  t.same(fresh.decide({ ...again, frame: { ...again.frame, isForming: true } }, listsOf(), source), []);
  t.same(fresh.decide({ ...again, frame: { ...again.frame, timeframe: 3 } }, listsOf(), source), []);
  t.same(fresh.decide(again, listsOf().slice(1), source), [], 'no such lists');
  t.end();
});

t.test('a restart changes nothing, and the future not the past', (t) => {
  let made = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 79 }), (seed, cut) => {
      const next = numbersOf(seed);
      // Moods of some days, so that streaks come about.
      let mood = 0.5;
      const played = Array.from({ length: 80 }, () => {
        if (next() < 0.1) mood = next();
        return Object.fromEntries(
          ASSETS.map(({ assetId }, i) => [
            assetId,
            Math.min(1, Math.max(0, (i % 2 ? mood : 1 - mood) + 0.08 * (next() - 0.5))),
          ]),
        );
      });
      const whole = new TierAdvisor();
      const wanted = played.map((scores, i) => whole.decide(scoresOf(i + 1, scores), listsOf(), source));
      made += wanted.flat().length;
      const [first, second, other] = [new TierAdvisor(), new TierAdvisor(), new TierAdvisor()];
      const found = played
        .slice(0, cut)
        .map((scores, i) => first.decide(scoresOf(i + 1, scores), listsOf(), source));
      const given = found.flatMap((rows, i) =>
        rows.map(({ recommendationPayload }) => ({
          assetId: Number(recommendationPayload.asset_id),
          time: BEGIN + (i + 1) * DAY_MS,
          isOpen: false,
          to: null,
        })),
      );
      second.restore(
        played.slice(0, cut).flatMap((scores, i) =>
          ASSETS.map(({ assetId }) => ({
            ...{ assetId, time: BEGIN + (i + 1) * DAY_MS, side: 'long' as const },
            score: Math.round((scores[assetId] ?? 0) * 1e4) / 1e4,
          })),
        ),
        given,
      );
      for (let i = cut; i < 80; i++)
        found.push(second.decide(scoresOf(i + 1, played[i] ?? {}), listsOf(), source));
      if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error('the restart shows');
      const changed = played.map((scores, i) =>
        other.decide(scoresOf(i + 1, i < cut ? scores : { [SOL]: 1 }), listsOf(), source),
      );
      if (JSON.stringify(changed.slice(0, cut)) !== JSON.stringify(wanted.slice(0, cut)))
        throw new Error('the future shows');
    }),
    { numRuns: 20, seed: 3 },
  );
  t.ok(made > 20, `${made} recommendations were compared`);
  t.end();
});

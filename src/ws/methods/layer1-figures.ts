import { z } from 'zod';
import type { AnalysisMap } from '../ports.js';
import { analysesOf, type Item, mapIn, numberIn, reasonsOf, warm, withMissing } from './analyses.js';
import type { Method, MethodContext } from './registry.js';

/** Figures from outside and of the market are the same in all timeframes; those of candles are of this one. */
const TIMEFRAME = '1h';

const none = z.strictObject({});

/** How the market feels: the Fear & Greed index and what is paid to be long. */
export const layer1Sentiment: Method<typeof none> = {
  name: 'layer1.sentiment',
  params: none,
  handle(_, context) {
    const { row, reasons } = metricsOf(context);
    const extended = mapIn(row, 'extended_metrics');
    const derivatives = mapIn(extended, 'derivatives_metrics');
    const sentiment = mapIn(extended, 'sentiment_metrics');
    const regime = analysesOf(context).regime(TIMEFRAME);
    const named = (category: string, name: string): string =>
      reasons[`extended_metrics.${category}.${name}`] ?? 'its source has brought nothing';
    return withMissing(
      {
        fear_greed_index: numberIn(row, 'fear_greed_index'),
        sentiment_direction: sentiment.sentiment_direction ?? null,
        sentiment_regime: regime?.sentiment_regime ?? null,
        composite_sentiment: null,
        funding_rates: withMissing(
          { btc: numberIn(row, 'funding_rate_btc'), eth: numberIn(derivatives, 'funding_rate_eth') },
          {
            btc: reasons.funding_rate_btc ?? 'its source has brought nothing',
            eth: named('derivatives_metrics', 'funding_rate_eth'),
          },
        ),
        google_trends_score: numberIn(row, 'google_trends_score'),
        social_sentiment: numberIn(sentiment, 'social_sentiment_score'),
        news_sentiment: null,
        ...headOf(row),
      },
      {
        ...reasons,
        sentiment_direction: named('sentiment_metrics', 'sentiment_direction'),
        sentiment_regime: reasonsOf(regime).sentiment_regime ?? 'the Fear & Greed index is not known',
        composite_sentiment: 'it would need social media and news, of which there is no source',
        social_sentiment: named('sentiment_metrics', 'social_sentiment_score'),
        news_sentiment: 'there is no source of it',
      },
    );
  },
};

/** How the whole market's capitalisation is shared. */
export const layer1Dominance: Method<typeof none> = {
  name: 'layer1.dominance',
  params: none,
  handle(_, context) {
    const { row, reasons } = metricsOf(context);
    return withMissing(
      {
        btc_dominance: numberIn(row, 'btc_dominance'),
        eth_dominance: numberIn(row, 'eth_dominance'),
        alt_dominance: numberIn(row, 'altcoin_dominance'),
        usdt_dominance: numberIn(row, 'usdt_dominance'),
        stablecoin_dominance: null,
        total_market_cap: numberIn(row, 'total'),
        total_volume: null,
        ...headOf(row),
      },
      {
        ...reasons,
        alt_dominance: reasons.altcoin_dominance ?? 'its source has brought nothing',
        stablecoin_dominance: 'of stablecoins only USDT is known, see usdt_dominance',
        total_market_cap: reasons.total ?? 'its source has brought nothing',
        total_volume: 'a snapshot of the market does not hold it',
      },
    );
  },
};

/** Unit of each figure that `layer1.indicators` gives. */
const UNITS = {
  sp500: 'points',
  gold: 'USD per ounce',
  dxy: 'points',
  vix_index: 'points',
  us_10y_yield: 'percent',
  btc_sp500_correlation_30d: '-1 to 1',
  btc_eth_correlation_30d: '-1 to 1',
  fear_greed_index: '0 to 100',
  google_trends_score: '0 to 100',
  funding_rate_btc: 'fraction per interval',
  open_interest_btc: 'BTC',
  whale_netflow_24h: 'BTC',
  active_addresses_btc: 'addresses',
  halving_countdown_days: 'days',
  crypto_market_breadth: 'percent',
  liquidity_score: 'ratio',
  momentum_index: '-100 to 100',
} as const;
const NAMES = Object.keys(UNITS) as [keyof typeof UNITS, ...(keyof typeof UNITS)[]];

const indicatorsParams = z.strictObject({
  /** Which of them; default: all. */
  names: z.array(z.enum(NAMES)).min(1).max(NAMES.length).optional(),
});

/** Figures of the economy, of chains and of the market around prices. */
export const layer1Indicators: Method<typeof indicatorsParams> = {
  name: 'layer1.indicators',
  params: indicatorsParams,
  handle({ names = NAMES }, context) {
    const { row, reasons } = metricsOf(context);
    const items = [...new Set(names)].map((name) =>
      withMissing(
        { name, value: numberIn(row, name), unit: UNITS[name] },
        { value: reasons[name] ?? 'its source has brought nothing' },
      ),
    );
    return { items, next_cursor: null, ...headOf(row) };
  },
};

function metricsOf(context: MethodContext): {
  readonly row: AnalysisMap;
  readonly reasons: Readonly<Record<string, string>>;
} {
  const row = warm(context, 'the state of the market', analysesOf(context).metrics(TIMEFRAME));
  return { row, reasons: reasonsOf(row) };
}

function headOf(row: AnalysisMap): Item {
  return {
    last_updated: numberIn(row, 'time'),
    time: numberIn(row, 'time'),
    state: row.state ?? null,
    simulated: row.simulated ?? null,
  };
}

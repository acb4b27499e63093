import { INDICATOR_NAMES, INDICATOR_UNITS, type LAYER1_METHODS } from '../../api/layer1.js';
import type { AnalysisMap } from '../ports.js';
import { analysesOf, headIn, mapIn, numberIn, reasonsOf, valueIn, warm, withMissing } from './analyses.js';
import type { Handlers, MethodContext } from './handler.js';

/** Figures from outside and of the market are the same in all timeframes; those of candles are of this one. */
const TIMEFRAME = '1h';

type Figures = 'layer1.sentiment' | 'layer1.dominance' | 'layer1.indicators';

export const layer1FigureHandlers: Pick<Handlers<typeof LAYER1_METHODS>, Figures> = {
  'layer1.sentiment': (_, context) => {
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
        sentiment_direction: valueIn<string>(sentiment, 'sentiment_direction'),
        sentiment_regime: valueIn<string>(regime, 'sentiment_regime'),
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

  'layer1.dominance': (_, context) => {
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

  'layer1.indicators': ({ names = INDICATOR_NAMES }, context) => {
    const { row, reasons } = metricsOf(context);
    const items = [...new Set(names)].map((name) =>
      withMissing(
        { name, value: numberIn(row, name), unit: INDICATOR_UNITS[name] },
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

function headOf(row: AnalysisMap): { last_updated: number | null } & ReturnType<typeof headIn> {
  return { last_updated: numberIn(row, 'time'), ...headIn(row) };
}

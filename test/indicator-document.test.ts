import fc from 'fast-check';
import t from 'tap';
import { IndicatorSeries } from '../src/engine/indicators/indicator-series.js';
import { DEFAULT_INDICATORS } from '../src/engine/indicators/registry.js';
import { fromIndicatorDocument, toIndicatorDocument } from '../src/indicator-document.js';

const AT = Date.UTC(2025, 8, 29, 10);

t.test('columns are nested as the documents have them', async (t) => {
  const document = toIndicatorDocument(
    {
      rsi_14: 56.23,
      rsi_21: 58.45,
      macd: -12.45,
      macd_signal: -10.32,
      macd_hist: -2.13,
      sma_20: 1,
      ema_12: 2,
      bb_upper: 3,
      bb_middle: 2,
      bb_lower: 1,
      bb_bandwidth: 0.5,
      bb_percent_b: 0.25,
      volume_sma_20: 1_500_000,
    },
    AT,
  );
  t.same(document, {
    RSI: { '14': 56.23, '21': 58.45 },
    MACD: { value: -12.45, signal: -10.32, histogram: -2.13 },
    SMA: { '20': 1 },
    EMA: { '12': 2 },
    BB: { upper: 3, middle: 2, lower: 1, bandwidth: 0.5, percent_b: 0.25 },
    volume_sma: { '20': 1_500_000 },
    computed_at: '2025-09-29T10:00:00.000Z',
  });
});

t.test(
  'values come back under the columns that they had, those of other configurations and later indicators too',
  async (t) => {
    const columns = [
      ...new IndicatorSeries([
        ...DEFAULT_INDICATORS,
        { name: 'macd', fast: 5, slow: 35, signal: 5 },
        { name: 'bb', period: 50, width: 2.5 },
      ]).columns,
      ...[
        'atr_14',
        'adx_14',
        'plus_di_14',
        'minus_di_14',
        'stoch_k',
        'stoch_d',
        'stochrsi_fastk',
        'stochrsi_fastd',
      ],
      ...[
        'obv',
        'mfi_14',
        'cci_20',
        'willr_14',
        'roc_10',
        'vwap_utc_day',
        'volume_sma_20',
        'ichimoku_span_a',
      ],
    ];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...columns), fc.double({ noNaN: true, noDefaultInfinity: true })),
        (values) => {
          const stored: unknown = JSON.parse(JSON.stringify(toIndicatorDocument(values, AT)));
          const back = fromIndicatorDocument(stored);
          // JSON knows no −0.
          const wanted = Object.entries(values).map(([column, value]) => [column, value + 0] as const);
          if (Object.keys(back).length !== wanted.length)
            throw new Error(`${Object.keys(back)}, not ${Object.keys(values)}`);
          for (const [column, value] of wanted) {
            if (back[column] !== value) throw new Error(`${column} is ${back[column]}, not ${value}`);
          }
        },
      ),
      { numRuns: 200 },
    );
    t.pass(`${columns.length} columns`);
  },
);

t.test('the lines of one indicator stand in one group', async (t) => {
  t.same(
    toIndicatorDocument(
      {
        ichimoku_tenkan: 1,
        ichimoku_kijun: 2,
        ichimoku_senkou_a: 3,
        ichimoku_senkou_b: 4,
        ichimoku_lead_a: 5,
        ichimoku_lead_b: 6,
        ichimoku_tenkan_7_22_44_22: 7,
        supertrend: 8,
        supertrend_direction: -1,
        keltner_upper: 9,
        keltner_middle: 10,
        keltner_lower: 11,
        pivot_high: 12,
        pivot_low: 13,
        psar: 14,
        zscore_20: 15,
        realized_volatility_20: 16,
        linreg_slope_14: 17,
      },
      AT,
    ),
    {
      ICHIMOKU: { tenkan: 1, kijun: 2, senkou_a: 3, senkou_b: 4, lead_a: 5, lead_b: 6 },
      ICHIMOKU_TENKAN: { '7_22_44_22': 7 },
      SUPERTREND: { value: 8, direction: -1 },
      KELTNER: { upper: 9, middle: 10, lower: 11 },
      PIVOT: { high: 12, low: 13 },
      PSAR: 14,
      ZSCORE: { '20': 15 },
      REALIZED_VOLATILITY: { '20': 16 },
      LINREG_SLOPE: { '14': 17 },
      computed_at: '2025-09-29T10:00:00.000Z',
    },
  );
});

t.test('what is no number is left out, both ways', async (t) => {
  t.same(toIndicatorDocument({ rsi_14: Number.NaN, obv: Number.POSITIVE_INFINITY }, 0), {
    computed_at: '1970-01-01T00:00:00.000Z',
  });
  for (const nothing of [null, undefined, 5, 'text', [], {}]) t.same(fromIndicatorDocument(nothing), {});
  t.same(fromIndicatorDocument({ RSI: { 14: 'high', 21: 7 }, MACD: null, computed_at: '2025' }), {
    rsi_21: 7,
  });
});

import t from 'tap';
import { IndicatorSeries } from '../../../src/engine/indicators/indicator-series.js';
import { DEFAULT_INDICATORS, planIndicators } from '../../../src/engine/indicators/registry.js';

t.test('the default columns are those of the reference files, in their order, and percent_b', async (t) => {
  t.same(
    new IndicatorSeries(DEFAULT_INDICATORS).columns.join(),
    'sma_20,sma_50,sma_100,sma_200,ema_12,ema_20,ema_26,ema_50,ema_100,ema_200,rsi_7,rsi_14,rsi_21,' +
      'macd,macd_signal,macd_hist,bb_upper,bb_middle,bb_lower,bb_bandwidth,bb_percent_b,' +
      'atr_14,adx_14,plus_di_14,minus_di_14,stoch_k,stoch_d,stochrsi_fastk,stochrsi_fastd,' +
      'obv,mfi_14,cci_20,willr_14,roc_10,vwap_utc_day,volume_sma_20,rolling_vwap_20,' +
      'donchian_upper_20,donchian_middle_20,donchian_lower_20,' +
      'ichimoku_tenkan,ichimoku_kijun,ichimoku_senkou_a,ichimoku_senkou_b,ichimoku_lead_a,ichimoku_lead_b,' +
      'supertrend,supertrend_direction,psar,keltner_upper,keltner_middle,keltner_lower,' +
      'realized_volatility_20,zscore_20,linreg_slope_14,pivot_high,pivot_low',
  );
});

t.test('a configured period needs no code', async (t) => {
  t.same(
    new IndicatorSeries([
      { name: 'rsi', period: 9 },
      { name: 'sma', period: 34 },
    ]).columns,
    ['rsi_9', 'sma_34'],
  );
});

t.test('a wrong configuration is refused with the name, the value and what is allowed', async (t) => {
  t.throws(
    () => planIndicators([{ name: 'smma', period: 9 }]),
    /"smma" is not an indicator; allowed: sma, ema/,
  );
  t.throws(
    () => planIndicators([{ name: 'sma' }]),
    /sma: period is undefined; allowed: a whole number from 2/,
  );
  t.throws(() => planIndicators([{ name: 'sma', period: 2.5 }]), /period is 2.5/);
  t.throws(() => planIndicators([{ name: 'sma', period: '20' }]), /period is 20; allowed: a whole number/);
  t.throws(
    () => planIndicators([{ name: 'rsi', length: 9 }]),
    /rsi has no parameter "length"; allowed: period/,
  );
  t.throws(() => planIndicators([{ name: 'macd', fast: 26, slow: 12 }]), /fast must be less than slow/);
  t.throws(
    () => planIndicators([{ name: 'bb', width: Number.NaN }]),
    /width is NaN; allowed: a number from 0.01/,
  );
  t.throws(
    () => planIndicators([{ name: 'bb' }, { name: 'bb', period: 20 }]),
    /bb_upper is configured twice/,
  );
});

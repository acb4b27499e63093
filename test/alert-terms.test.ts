import t from 'tap';
import { wrongTerm } from '../src/alert-terms.js';

const PRICE = { type: 'price_target', condition: 'above', value: 105 } as const;

t.test('what an alert can be passes, at its bounds too', (t) => {
  for (const terms of [
    PRICE,
    { ...PRICE, value: 1e-100 },
    { ...PRICE, value: 1e100 },
    { ...PRICE, condition: 'percentage_change', value: 1e-6 },
    { type: 'volume_spike', condition: 'below', value: 1e-9, timeframe: '1M' },
    { type: 'signal_generated', condition: 'equals', value: 0 },
    { type: 'signal_generated', condition: 'above', value: 1, timeframe: null },
  ] as const) {
    t.equal(wrongTerm(terms), null);
  }
  t.end();
});

t.test('what it cannot be is named, with what is allowed', (t) => {
  for (const [terms, field, allowed] of [
    [{ ...PRICE, value: Number.NaN }, 'value', /a price/],
    [{ ...PRICE, value: 1e101 }, 'value', /a price/],
    [{ ...PRICE, condition: 'percentage_change', value: 2e9 }, 'value', /percent/],
    [{ ...PRICE, timeframe: '1h' }, 'timeframe', /volume_spike/],
    [{ type: 'volume_spike', condition: 'above', value: 0 }, 'value', /mean volume/],
    [{ type: 'volume_spike', condition: 'above', value: 2, timeframe: '2h' as '1h' }, 'timeframe', /1m/],
    [{ type: 'signal_generated', condition: 'above', value: 1.1 }, 'value', /0–1/],
    [{ type: 'signal_generated', condition: 'percentage_change', value: 0.5 }, 'condition', /above/],
  ] as const) {
    t.match(wrongTerm(terms), { field, allowed });
  }
  t.end();
});

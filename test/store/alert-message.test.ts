import t from 'tap';
import { alertMessage } from '../../src/store/alert-message.js';
import type { FiredAlert } from '../../src/store/alert-records.js';

const FIRED: FiredAlert = {
  ...{ kind: 'fired', alertId: 1, assetId: 1, alertType: 'price_target', condition: 'below' },
  ...{ triggerValue: 1e-8, timeframe: null, isRepeating: false, cause: 'trade' },
  ...{ time: Date.UTC(2024, 0, 2, 3, 4, 5, 678), value: 9.99e-9, threshold: 1e-8, previous: 1.05e-8 },
  ...{ direction: 'down', nextReference: null },
};
const SUBJECT = { symbol: 'PEPE/USDT', triggerValue: '0.0000000100', message: null };

t.test('a price is said with all of its digits and no more', async (t) => {
  t.same(alertMessage(FIRED, SUBJECT), {
    title: 'PEPE/USDT price below 0.00000001',
    message:
      'PEPE/USDT fell from 0.0000000105 to 0.00000000999. Your alert: price below 0.00000001. 2024-01-02T03:04:05.678Z',
  });
  t.match(alertMessage({ ...FIRED, value: 1.5e22 }, { ...SUBJECT, triggerValue: '100' }), {
    title: 'PEPE/USDT price below 100',
    message: /to 15000000000000000000000\./,
  });
});

t.test('every kind of alert has its words', async (t) => {
  const titles = (changes: Partial<FiredAlert>, triggerValue: string): string[] => {
    const { title, message } = alertMessage({ ...FIRED, ...changes }, { ...SUBJECT, triggerValue });
    return [title, message.split('. Your')[0] ?? ''];
  };
  const spike = { alertType: 'volume_spike', timeframe: '4h', value: 3.5, cause: 'volume' } as const;
  t.same(titles({ condition: 'percentage_change', threshold: 94.5, previous: null, value: 94 }, '5.5'), [
    'PEPE/USDT price changed by 5.5 %, to 94.5',
    'PEPE/USDT is at 94',
  ]);
  t.same(titles({ ...spike, condition: 'above' }, '3'), [
    'PEPE/USDT volume above 3 times its mean',
    'The 4h volume of PEPE/USDT is 3.5 times its mean of 20 candles',
  ]);
  t.same(
    titles({ ...spike, condition: 'percentage_change' }, '250.0')[0],
    'PEPE/USDT volume 250 % beyond its mean',
  );
  t.same(titles({ alertType: 'signal_generated', condition: 'above', value: 0.82 }, '0.8'), [
    'PEPE/USDT signal with a confidence above 0.8',
    'A signal of PEPE/USDT has a confidence of 0.82',
  ]);
});

t.test("the user's own words come first", async (t) => {
  t.match(alertMessage(FIRED, { ...SUBJECT, message: 'Sell' }).message, /^Sell\nPEPE/);
});

t.test('a number of any length fits', async (t) => {
  const { title, message } = alertMessage(FIRED, { ...SUBJECT, triggerValue: `0.${'1'.repeat(6_000)}` });
  t.equal(title.length, 200);
  t.equal(message.length, 5_000);
  t.match(title, /^PEPE.*…$/);
});

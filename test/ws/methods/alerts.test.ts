import fc from 'fast-check';
import t from 'tap';
import { ALERT_CONDITIONS, ALERT_TYPES } from '../../../src/alert-terms.js';
import { AlertBook } from '../../../src/engine/alerts/alert-book.js';
import { TIMEFRAMES } from '../../../src/timeframe.js';
import { logIn } from '../../support/logged-in.js';
import { openMethodSite, unexplained } from '../../support/method-site.js';

const site = await openMethodSite(t);
const { ask, refusal, owner } = site;
const [ada, bob] = [await logIn(site), await logIn(site)];
const PRICE = { symbol: 'BTC/USDT', alert_type: 'price_target', condition: 'above', trigger_value: 105 };

t.test('an alert is set, listed, changed and deleted by its user alone', async (t) => {
  const made = await ask('alerts.create', { ...PRICE, message: 'look' }, ada.me);
  t.match(made, {
    ...{ ...PRICE, message: 'look', data_source: 'demo', is_active: true, is_repeating: false },
    ...{ fired_count: 0, timeframe: null, reference_price: null, expires_at: null },
  });
  t.same(unexplained(made), []);
  const { id } = made;
  const volume = { symbol: 'ETH/USDT', alert_type: 'volume_spike', condition: 'above', trigger_value: 3 };
  await ask('alerts.create', { ...volume, timeframe: '4h', is_repeating: true }, ada.me);
  t.match(await ask('alerts.list', {}, ada.me), { items: [{ timeframe: '4h' }, { id }], next_cursor: null });
  const first = await ask('alerts.list', { limit: 1 }, ada.me);
  t.match(await ask('alerts.list', { limit: 1, cursor: first.next_cursor }, ada.me), { items: [{ id }] });
  t.match(await ask('alerts.list', { symbol: 'BTC/USDT', is_active: true }, ada.me), { items: [{ id }] });
  t.match(await refusal('alerts.list', { cursor: 'x' }, ada.me), { code: 'invalid_params', field: 'cursor' });
  t.same((await ask('alerts.list', {}, bob.me)).items, []);
  t.match(await ask('alerts.update', { id, trigger_value: 0.1, message: null }, ada.me), {
    ...{ id, trigger_value: 0.1, message: null, condition: 'above' },
  });
  const { rows } = await owner.query('SELECT trigger_value FROM signal_alerts WHERE id = $1', [id]);
  t.same(rows, [{ trigger_value: '0.1' }], 'as it was given');
  t.match(await refusal('alerts.update', { id, is_active: false }, bob.me), {
    code: 'not_found',
    field: 'id',
  });
  t.match(await refusal('alerts.delete', { id }, bob.me), { code: 'not_found', field: 'id' });
  t.same(await ask('alerts.delete', { id }, ada.me), { id, deleted: true });
  t.match(await refusal('alerts.delete', { id }, ada.me), { code: 'not_found', field: 'id' });
});

t.test(
  'what no alert can be is refused by the name of the param, when it is set and when it is changed',
  async (t) => {
    const wrong: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ trigger_value: 0 }, 'trigger_value'],
      [{ trigger_value: -5 }, 'trigger_value'],
      [{ alert_type: 'signal_generated', trigger_value: 1.5 }, 'trigger_value'],
      [{ alert_type: 'signal_generated', condition: 'percentage_change', trigger_value: 0.5 }, 'condition'],
      [{ timeframe: '1h' }, 'timeframe'],
      [{ expires_at: 1 }, 'expires_at'],
      [{ symbol: 'XYZ/USDT' }, 'symbol'],
      [{ alert_type: 'rsi' }, 'alert_type'],
      [{ notification_method: 'pigeon' }, 'notification_method'],
      [{ message: '' }, 'message'],
      [{ user_id: 1 }, 'user_id'],
    ];
    const { id } = await ask('alerts.create', PRICE, ada.me);
    for (const [change, field] of wrong) {
      const expected = { code: 'invalid_params', field };
      t.match(await refusal('alerts.create', { ...PRICE, ...change }, ada.me), expected, field);
      t.match(await refusal('alerts.update', { id, ...change }, ada.me), expected, field);
    }
    t.match(await ask('alerts.list', { symbol: 'BTC/USDT' }, ada.me), {
      items: [{ id, trigger_value: 105 }],
    });
  },
);

t.test('an alert that has fired is armed anew, unless its time is over', async (t) => {
  const { id } = await ask('alerts.create', PRICE, ada.me);
  await owner.query(
    `UPDATE signal_alerts SET is_active = false, is_triggered = true, triggered_at = now(), fired_count = 1,
       expires_at = now() - interval '1 h' WHERE id = $1`,
    [id],
  );
  t.match(await refusal('alerts.update', { id, is_active: true }, ada.me), {
    ...{ code: 'invalid_params', field: 'expires_at' },
  });
  t.match(await ask('alerts.update', { id, message: 'over' }, ada.me), { is_active: false });
  t.match(await ask('alerts.update', { id, is_active: true, expires_at: null }, ada.me), {
    ...{ is_active: true, is_triggered: false, fired_count: 1 },
  });
});

t.test('nothing is stored that the engine refuses', async (t) => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, 1e-7, 1e-6, 1, 1.5, 1e9, 1e10, 1e100, 1e101, 1e-9, 1e-10),
  );
  const terms = fc.record({
    alert_type: fc.constantFrom(...ALERT_TYPES),
    condition: fc.constantFrom(...ALERT_CONDITIONS),
    trigger_value: number,
    timeframe: fc.constantFrom(null, ...TIMEFRAMES),
    is_repeating: fc.boolean(),
  });
  const taken: string[] = [];
  await fc.assert(
    fc.asyncProperty(terms, async (given) => {
      const refused = await refusal('alerts.create', { symbol: 'BTC/USDT', ...given }, bob.me);
      const book = new AlertBook();
      const input = {
        ...{ id: 1, asset: 0, type: given.alert_type, condition: given.condition },
        ...{ value: given.trigger_value, repeating: given.is_repeating, expiresAt: null },
        timeframe: given.timeframe,
      };
      if (refused === null) {
        book.add(input);
        taken.push(given.alert_type);
      } else {
        t.match(refused, { code: 'invalid_params', field: String });
        t.throws(() => book.add(input), RangeError);
      }
    }),
    // One of each type that is taken, whatever else is drawn.
    {
      numRuns: 150,
      examples: ALERT_TYPES.map((alert_type) => {
        const given = { alert_type, trigger_value: 1, timeframe: null, is_repeating: false };
        return [{ ...given, condition: 'above' as const }] as [typeof given & { condition: 'above' }];
      }),
    },
  );
  t.same(new Set(taken), new Set(ALERT_TYPES));
});

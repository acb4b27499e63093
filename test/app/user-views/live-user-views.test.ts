import fc from 'fast-check';
import t from 'tap';
import {
  DASHBOARD_FIELDS,
  type DashboardData,
  WATCHLIST_FIELDS,
  type WatchlistData,
} from '../../../src/user-view-fields.js';
import { unexplained } from '../../support/method-site.js';
import { until } from '../../support/until.js';
import { mapOf, portfolioOf, ViewsSite } from './views-site.js';

const PORTFOLIO = { kind: 'portfolio' } as const;
const DASHBOARD = { kind: 'dashboard' } as const;

t.test('a portfolio is told as it stands, and again when a price of it moves', async (t) => {
  const site = new ViewsSite();
  site.give(1);
  site.hold(1, 0, 2);
  site.tick(0, 20);
  await site.subscribe('portfolio#1');
  site.views.start();
  t.teardown(() => site.views.stop());
  const begun = await site.views.state(PORTFOLIO, 1);
  const state = portfolioOf(begun.row);
  t.match(state, { portfolio_id: 10, total_value_usd: 40, total_pnl_usd: 20, total_pnl_pct: 100 });
  t.match(state, {
    daily_pnl_usd: 20,
    daily_pnl_pct: 100,
    simulated: true,
    allocation: { by_sector: { L1: 100 } },
  });
  t.match(state.holdings, [
    { symbol: 'BTC/USDT', price: 20, value_usd: 40, share_pct: 100, stop_reached: null },
  ]);
  t.same(unexplained(JSON.parse(JSON.stringify(state))), []);
  site.tick(0, 30);
  await until('it is told', () => (site.newest('portfolio#1')?.offset ?? 0) > begun.offset);
  const told = site.newest('portfolio#1');
  t.match(portfolioOf(told?.row), { total_value_usd: 60 });
  const { offset, row } = await site.views.state(PORTFOLIO, 1);
  t.equal(offset, told?.offset, 'a state that was told before is not told again');
  t.same(row, told?.row);
  const offsets = (site.heard.get('portfolio#1') ?? []).map((publication) => publication.offset);
  t.same(
    offsets,
    offsets.map((_, i) => (offsets[0] ?? 0) + i),
    'one after another',
  );
});

t.test('what users do reaches their portfolio', async (t) => {
  const site = new ViewsSite();
  await site.subscribe('portfolio#1');
  site.views.start();
  t.teardown(() => site.views.stop());
  const none = portfolioOf((await site.views.state(PORTFOLIO, 1)).row);
  t.match(none, { portfolio_id: null, holdings: [], missing: { portfolio_id: 'there is no portfolio yet' } });
  t.same(unexplained(none), []);
  site.tick(1, 5);
  site.give(1);
  await until(
    'the portfolio is told',
    () => portfolioOf(site.newest('portfolio#1')?.row).portfolio_id === 10,
  );
  const id = site.hold(1, 1, 4, { stopLossPrice: '6', takeProfitPrice: '8' });
  await until('the holding is', () => portfolioOf(site.newest('portfolio#1')?.row).total_value_usd === 20);
  const [holding] = portfolioOf(site.newest('portfolio#1')?.row).holdings;
  t.match(holding, { portfolio_asset_id: id, stop_reached: true, target_reached: false });
  site.tables.portfolioAssets.apply([], [id]);
  site.take();
  await until('it is gone', () => portfolioOf(site.newest('portfolio#1')?.row).holdings.length === 0);
  site.give(1, false);
  await until('the portfolio is', () => portfolioOf(site.newest('portfolio#1')?.row).portfolio_id === null);
});

t.test('nobody hears of what is not theirs, whatever comes when', async (t) => {
  const USERS = [1, 2, 3];
  const step = fc.oneof(
    fc.record({ do: fc.constant('tick' as const), asset: fc.nat(3), price: fc.integer({ min: 1, max: 99 }) }),
    fc.record({
      ...{ do: fc.constant('hold' as const), user: fc.constantFrom(...USERS), asset: fc.nat(3) },
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ do: fc.constant('ask' as const), user: fc.constantFrom(...USERS) }),
    fc.record({
      do: fc.constant('switch' as const),
      user: fc.constantFrom(...USERS),
      isActive: fc.boolean(),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const site = new ViewsSite();
      for (const user of USERS) await site.subscribe(`portfolio#${user}`);
      await site.subscribe('dashboard#1');
      const own = new Map<number, Set<number>>(USERS.map((user) => [user, new Set()]));
      site.views.start();
      try {
        for (const one of steps) {
          if (one.do === 'tick') site.tick(one.asset, one.price);
          else if (one.do === 'hold') own.get(one.user)?.add(site.hold(one.user, one.asset, one.quantity));
          else if (one.do === 'switch') site.give(one.user, one.isActive);
          else {
            const { row } = await site.views.state(PORTFOLIO, one.user);
            check(one.user, row);
          }
        }
        for (const user of USERS) {
          const expected = site.analysis.portfolios.value(10 * user)?.valueUsd ?? null;
          await until('the newest is told', async () => {
            const { row } = await site.views.state(PORTFOLIO, user);
            return portfolioOf(row).total_value_usd === expected;
          });
          for (const { row, channel } of site.heard.get(`portfolio#${user}`) ?? []) {
            if (channel !== `portfolio#${user}`) throw new Error(channel);
            check(user, row);
          }
        }
      } finally {
        await site.views.stop();
      }
      function check(user: number, row: readonly unknown[] | null): void {
        const { portfolio_id, holdings } = portfolioOf(row);
        if (portfolio_id !== null && portfolio_id !== 10 * user) throw new Error(`portfolio ${portfolio_id}`);
        for (const { portfolio_asset_id } of holdings) {
          if (own.get(user)?.has(portfolio_asset_id) !== true)
            throw new Error(`holding ${portfolio_asset_id}`);
        }
      }
    }),
    { numRuns: 12 },
  );
  t.pass('in all interleavings');
});

t.test(
  'what nobody watches is not computed, and goes on at a greater offset when it is watched again',
  async (t) => {
    const site = new ViewsSite();
    site.give(1);
    site.hold(1, 0, 1);
    site.tick(0, 10);
    await site.subscribe('portfolio#1');
    site.views.start();
    t.teardown(() => site.views.stop());
    const { offset } = await site.views.state(PORTFOLIO, 1);
    await site.broker.unsubscribe('portfolio#1');
    await until('it is forgotten', () => site.views.watched === 0);
    site.tick(0, 11);
    await site.subscribe('portfolio#1');
    const again = await site.views.state(PORTFOLIO, 1);
    t.ok(again.offset > offset);
    t.equal(portfolioOf(again.row).total_value_usd, 11);
  },
);

t.test('what another process watches is computed too', async (t) => {
  const site = new ViewsSite();
  site.give(7);
  site.hold(7, 0, 1);
  site.tick(0, 10);
  await site.subscribe('portfolio#7');
  site.views.start();
  t.teardown(() => site.views.stop());
  await until('it is told', () => portfolioOf(site.newest('portfolio#7')?.row).total_value_usd === 10);
});

t.test('a list is told with its prices; an asset that is not served says so', async (t) => {
  const site = new ViewsSite();
  site.list(5, null, [0, 2, 50]);
  site.tick(2, 3);
  await site.subscribe('watchlist:5');
  site.views.start();
  t.teardown(() => site.views.stop());
  const read = (row: readonly unknown[] | null | undefined): WatchlistData => mapOf(WATCHLIST_FIELDS, row);
  const state = read((await site.views.state({ kind: 'watchlist', id: 5 }, 1)).row);
  t.equal(state.name, 'list 5');
  t.same(unexplained(state), []);
  t.match(
    state.assets.find(({ asset_id }) => asset_id === 102),
    { symbol: 'SOL/USDT', price: 3, change_24h_percent: 100, simulated: true },
  );
  t.match(
    state.assets.find(({ asset_id }) => asset_id === 150),
    { price: null, score: null, missing: { price: 'it is not served', score: 'it is not served' } },
  );
  site.tick(0, 8);
  const priceOf = (asset: number): unknown =>
    read(site.newest('watchlist:5')?.row).assets?.find(({ asset_id }) => asset_id === 100 + asset)?.price;
  await until('the price is told', () => priceOf(0) === 8);
  await until('there are scores', () => read(site.newest('watchlist:5')?.row).scored_at !== null);
  t.same(unexplained(read(site.newest('watchlist:5')?.row)), []);
  site.list(5, null, [0, 1, 2]);
  await until('the change is told', () => priceOf(1) === null);
  const gone = read((await site.views.state({ kind: 'watchlist', id: 99 }, 1)).row);
  t.match(gone, { name: null, assets: [], missing: { name: /no such list/ } });
});

t.test('a dashboard shows the portfolio in short, and what the database says of its user', async (t) => {
  const site = new ViewsSite();
  const read = (row: readonly unknown[] | null | undefined): DashboardData => mapOf(DASHBOARD_FIELDS, row);
  const user = (unread: number) => ({
    ...{
      id: 1,
      firstName: 'Ada',
      lastName: null,
      role: 'public',
      isVerified: true,
      subscriptionPlan: 'free',
    },
    ...{ timezone: 'UTC', language: 'en', unread },
  });
  site.answers = { 'FROM users': new Error('away'), ai_models: [{ active: 4 }] };
  site.give(1);
  site.hold(1, 0, 2);
  site.tick(0, 20);
  await site.subscribe('dashboard#1');
  site.views.start();
  t.teardown(() => site.views.stop());
  const unread = read((await site.views.state(DASHBOARD, 1)).row);
  t.match(unread, { user_profile: null, notifications: null, portfolio_summary: { total_value: 40 } });
  site.answers = { 'FROM users': [user(2)], ai_models: [{ active: 4 }] };
  site.views.heard({ channel: 'notifications', userId: 1, epoch: 'e', offset: 1, data: {}, createdAt: 0 });
  await until('it is told', () => read(site.newest('dashboard#1')?.row).notifications === 2);
  const state = read(site.newest('dashboard#1')?.row);
  t.match(state, { user_profile: { id: 1, first_name: 'Ada' }, active_signals: 3, simulated: true });
  t.match(state.ai_status, { all_online: false, offline_reason: /regime/, active_models: 4 });
  t.match(state.portfolio_summary, { total_value: 40, daily_pnl: 20, total_pnl_percentage: 100 });
  site.tick(0, 40);
  await until(
    'the value is told',
    () => read(site.newest('dashboard#1')?.row).portfolio_summary.total_value === 80,
  );
});

t.test('a database that is away holds no state up', async (t) => {
  const site = new ViewsSite();
  site.answers = { ai_portfolio_analysis: new Error('away') };
  site.give(1);
  site.hold(1, 0, 2);
  site.tick(0, 20);
  const { row } = await site.views.state(PORTFOLIO, 1);
  t.match(portfolioOf(row), {
    total_value_usd: 40,
    analysed_at: null,
    missing: { analysed_at: /cannot be asked/ },
  });
});

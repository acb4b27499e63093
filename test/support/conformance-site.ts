import type { Test } from 'tap';
import { outboxPublication } from '../../src/app/outbox-publication.js';
import { userStore } from '../../src/app/user-store.js';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { GuestReader } from '../../src/store/guest-reader.js';
import { ensureChannels } from '../../src/store/outbox.js';
import { OutboxRelay } from '../../src/store/outbox-relay.js';
import { writeAlertEvents } from '../../src/store/repositories/alert-firings.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';
import {
  candleRow,
  type FakeMarket,
  type FakeStore,
  type GatewaySite,
  gatewaySite,
  record,
  SYMBOLS,
  tickerRow,
  tradeRow,
} from '../ws/gateway-site.js';
import { type AccountSite, openAccountSite, PASSWORD } from './account-site.js';
import { silent } from './folder.js';
import { emptyViews, fineStatus } from './walk-market.js';

/** How often the market moves, and after how many moves a candle closes. */
const MOVE_MS = 20;
const MOVES_PER_CANDLE = 8;
const START = 1_760_000_040_000;

/** Accounts, and the assets that the gateways of a test serve, on one database. */
export async function openConformanceBase(t: Test): Promise<AccountSite> {
  const base = await openAccountSite(t, { lockout: { maxAttempts: 1_000, lockoutMs: 1_000 } });
  const listings = SYMBOLS.map((symbol) => {
    const [name = '', quote = ''] = symbol.split('/');
    return { symbol, base: name, quote, dataSource: 'demo' };
  });
  await new AssetRepository(base.engine).register(listings);
  await ensureChannels(base.engine, ['signals', 'recommendations', 'system-status']);
  return base;
}

/** A gateway that a conformance program can be let loose on. */
export interface ConformanceSite extends Pick<GatewaySite, 'gateway'> {
  /** Somebody whom the operator has made an admin. */
  readonly admin: { readonly email: string; readonly password: string };
}

/** Starts a gateway whose market moves by itself, and where alerts fire while they are set. */
export async function startConformanceSite(
  t: Test,
  base: AccountSite,
  transport: 'ws' | 'uws',
): Promise<ConformanceSite> {
  const broker = new MemoryBroker<Publication>();
  const { gateway, market, store } = await gatewaySite(
    t,
    { transport, limits: { maxSubscriptions: 60 } },
    broker,
    new GuestReader(base.gateway, 'demo'),
    true,
    {
      ...{ accounts: base.accounts, signIn: base.signIn, users: userStore(base.gateway, 'demo') },
      ...{ status: fineStatus, userViews: emptyViews },
    },
  );
  const relay = new OutboxRelay({
    pool: base.engine,
    logger: silent,
    publish: (event) => {
      const publication = outboxPublication(event);
      broker.publish(publication.channel, publication);
    },
    electMs: 20,
  });
  t.teardown(() => relay.stop());
  relay.start();
  moveMarket(t, market, store);
  fireAlerts(t, base);
  const email = `admin-${transport}-${base.done().length}@example.com`;
  const { user } = await base.join(email);
  await base.owner.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [user.id]);
  return { gateway, admin: { email, password: PASSWORD } };
}

function moveMarket(t: Test, market: FakeMarket, store: FakeStore): void {
  store.assets = SYMBOLS.map((symbol, index) => assetOf(symbol, index + 1));
  store.candles = [3, 2, 1].map((n) => record(START - n * 60_000));
  let n = 0;
  const move = (): void => {
    n += 1;
    const time = START + Math.floor(n / MOVES_PER_CANDLE) * 60_000;
    const closes = n % MOVES_PER_CANDLE === MOVES_PER_CANDLE - 1;
    for (const symbol of SYMBOLS) {
      market.change(`ticker:${symbol}`, tickerRow(100 + n));
      market.change(`trades:${symbol}`, [tradeRow(n)]);
      market.change(`candles:${symbol}:1m`, candleRow(n, closes, time), { lossless: closes });
      market.change(`indicators:${symbol}:1m`, [...candleRow(n, closes, time).slice(8), 1, null]);
    }
    if (closes) store.candles.push(record(time));
  };
  move();
  const timer = setInterval(move, MOVE_MS);
  t.teardown(() => clearInterval(timer));
}

/** Has every alert that is set fire again and again, each time once more, as one that repeats does when the price moves. */
function fireAlerts(t: Test, { owner, inEngine }: AccountSite): void {
  let isOver = false;
  let time = START;
  const fire = async (): Promise<void> => {
    const { rows } = await owner.query<{ id: number; assetId: number; triggerValue: string }>(
      `SELECT id, asset_id AS "assetId", trigger_value AS "triggerValue" FROM signal_alerts
       WHERE is_active AND is_repeating AND condition = 'percentage_change'`,
    );
    time += 1;
    const events = rows.map(({ id, assetId, triggerValue }) => ({
      ...{ kind: 'fired' as const, alertId: id, assetId, alertType: 'price_target' as const },
      ...{ condition: 'percentage_change' as const, triggerValue: Number(triggerValue), timeframe: null },
      ...{ isRepeating: true, cause: 'trade' as const, time, value: 100, threshold: 99, previous: 98 },
      ...{ direction: 'up' as const, nextReference: 100 },
    }));
    if (events.length > 0) await inEngine((connection) => writeAlertEvents(connection, events));
  };
  const goOn = async (): Promise<void> => {
    while (!isOver) {
      await fire();
      await new Promise((resolve) => setTimeout(resolve, MOVE_MS));
    }
  };
  const going = goOn();
  t.teardown(async () => {
    isOver = true;
    await going;
  });
}

function assetOf(symbol: string, id: number): FakeStore['assets'][number] {
  const nothing = {
    ...{ priceChange24h: null, priceChange7d: null, priceChange30d: null, ath: null, athDate: null },
    ...{ atl: null, atlDate: null, marketCap: null, marketCapRank: null, totalVolume: null },
  };
  const [name = '', quoteCurrency = ''] = symbol.split('/');
  return {
    ...{ id, symbol, name, assetType: 'crypto', quoteCurrency, dataSource: 'demo', isActive: true },
    ...{ currentPrice: '100.5', lastPriceUpdate: null, ...nothing },
  };
}

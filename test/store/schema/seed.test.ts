import { copyFile, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { COINS } from '../../../src/feeds/demo/coins.js';
import { packageRoot } from '../../../src/package-root.js';
import { migrate } from '../../../src/store/migrate.js';
import type { Queryable } from '../../../src/store/pool.js';
import { AssetRepository } from '../../../src/store/repositories/assets.js';
import { createTestDatabase } from '../../support/database.js';
import { makeTestFolder } from '../../support/folder.js';
import { insertRow } from '../../support/schema-cases.js';

/** Sectors that the first and the third revision of the documents insert, what the second has more, what v4 names. */
const SECTORS = [
  'Bitcoin',
  'Ethereum & Smart Contracts',
  'DeFi',
  'Layer 1 Blockchains',
  'Layer 2 Solutions',
  'NFTs & Gaming',
  'Infrastructure',
  'Meme Coins',
  'Privacy Coins',
  'Stablecoins',
  'Payments',
  'AI',
  'RWA',
];

const DEMO_SYMBOLS = COINS.map(({ base, quote }) => `${base}/${quote}`);

async function column(database: Queryable, sql: string): Promise<unknown[]> {
  const { rows } = await database.query<{ value: unknown }>(sql);
  return rows.map(({ value }) => value);
}

/** Asserts that each symbol of the demo exchange has one sector, its primary one, and is in one default list. */
async function isDemoPlaced(t: Test, database: Queryable): Promise<void> {
  const { rows } = await database.query<{ symbol: string; sectors: number; primary: number; lists: number }>(
    `SELECT symbol,
       (SELECT count(*) FROM sector_mapping m WHERE m.asset_id = a.id) AS sectors,
       (SELECT count(*) FROM sector_mapping m WHERE m.asset_id = a.id AND m.is_primary_sector) AS "primary",
       (SELECT count(*) FROM watchlist_assets wa WHERE wa.asset_id = a.id) AS lists
     FROM assets a WHERE data_source = 'demo' ORDER BY symbol COLLATE "C"`,
  );
  t.same(
    rows,
    DEMO_SYMBOLS.toSorted().map((symbol) => ({
      symbol,
      sectors: 1,
      primary: 1,
      lists: symbol === 'USDC/USDT' ? 0 : 1,
    })),
    'each symbol of the demo exchange is where it belongs, once',
  );
}

t.test('a new database', async (t) => {
  const database = await createTestDatabase();
  t.teardown(() => database.drop());
  const { pool } = database;

  t.test('has the sectors, lists, models and settings of the documents', async (t) => {
    t.same(await column(pool, 'SELECT name AS value FROM sectors ORDER BY id'), SECTORS);
    t.same(
      await column(
        pool,
        `SELECT concat_ws(' | ', name, watchlist_type, max_assets, user_id) AS value FROM watchlists ORDER BY sort_order`,
      ),
      ['Tier 1 | default | 20', 'Tier 2 | default | 100'],
    );
    t.same(
      await column(
        pool,
        `SELECT concat_ws(' | ', model_type, name, version, architecture, status, is_active::text) AS value
         FROM ai_models ORDER BY model_type`,
      ),
      [
        'macro | macro_regime | 1.0.0 | rule_based | inactive | false',
        'sector | sector_rotation | 1.0.0 | rule_based | inactive | false',
        'asset | asset_selection | 1.0.0 | rule_based | inactive | false',
        'timing | signal_timing | 1.0.0 | rule_based | inactive | false',
      ],
      'one model a layer, of which none runs yet',
    );
    const { rows } = await pool.query('SELECT key, value FROM system_config ORDER BY key');
    t.match(rows, [
      { key: 'ai_thresholds', value: { suggestion_confidence_min: 0.7, signal_confidence_min: 0.8 } },
      { key: 'database.id' },
      { key: 'housekeeping', value: { archive_after_months: 24 } },
      { key: 'watchlist_limits', value: { tier1_max: 20, tier2_max: 100 } },
    ]);
  });

  t.test('has the symbols of the demo exchange, each in its sector and list', async (t) => {
    await isDemoPlaced(t, pool);
    t.same(
      await column(
        pool,
        `SELECT s.name AS value FROM assets a JOIN sector_mapping m ON m.asset_id = a.id
         JOIN sectors s ON s.id = m.sector_id
         WHERE a.symbol IN ('BTC/USDT', 'ETH/USDT', 'USDC/USDT', 'ZEC/USDT') ORDER BY a.symbol`,
      ),
      ['Bitcoin', 'Ethereum & Smart Contracts', 'Stablecoins', 'Privacy Coins'],
    );
    t.same(await column(pool, `SELECT asset_type::text AS value FROM assets WHERE symbol = 'USDC/USDT'`), [
      'stablecoin',
    ]);
    t.same(
      await column(pool, 'SELECT DISTINCT is_active AS value FROM assets'),
      [false],
      'none is active before a server serves it',
    );
  });

  t.test('places what an exchange lists later', async (t) => {
    const listing = (symbol: string, dataSource = 'kraken') => {
      const [base = '', quote = ''] = symbol.split(/[/:]/);
      return { symbol, base, quote, dataSource };
    };
    const assets = new AssetRepository(pool);
    await assets.register([
      listing('BTC/EUR'),
      listing('BTC/USD'),
      listing('BTC/USDT:USDT'),
      listing('XMR/USD'),
      listing('NOBODY/USD'),
      listing('BTC/USDT', 'demo'),
    ]);
    await assets.register([listing('BTC/USDT'), listing('ETH/USDT:USDT'), listing('BTC/USDC', 'coinbase')]);
    const { rows } = await pool.query(
      `SELECT a.data_source, a.symbol, s.name AS sector, w.name AS list
       FROM assets a LEFT JOIN sector_mapping m ON m.asset_id = a.id LEFT JOIN sectors s ON s.id = m.sector_id
       LEFT JOIN watchlist_assets wa ON wa.asset_id = a.id LEFT JOIN watchlists w ON w.id = wa.watchlist_id
       WHERE a.is_active ORDER BY a.data_source COLLATE "C", a.symbol COLLATE "C"`,
    );
    const bitcoin = { sector: 'Bitcoin', list: null };
    t.same(rows, [
      { data_source: 'coinbase', symbol: 'BTC/USDC', ...bitcoin, list: 'Tier 1' },
      { data_source: 'demo', symbol: 'BTC/USDT', ...bitcoin, list: 'Tier 1' },
      { data_source: 'kraken', symbol: 'BTC/EUR', ...bitcoin },
      { data_source: 'kraken', symbol: 'BTC/USD', ...bitcoin, list: 'Tier 1' },
      { data_source: 'kraken', symbol: 'BTC/USDT', ...bitcoin },
      { data_source: 'kraken', symbol: 'BTC/USDT:USDT', ...bitcoin },
      { data_source: 'kraken', symbol: 'ETH/USDT:USDT', sector: 'Ethereum & Smart Contracts', list: null },
      { data_source: 'kraken', symbol: 'NOBODY/USD', sector: null, list: null },
      { data_source: 'kraken', symbol: 'XMR/USD', sector: 'Privacy Coins', list: null },
    ]);
  });

  t.test('keeps what an admin has placed elsewhere', async (t) => {
    await pool.query(
      `UPDATE watchlist_assets SET watchlist_id = (SELECT id FROM watchlists WHERE name = 'Tier 2')
       WHERE asset_id = (SELECT id FROM assets WHERE data_source = 'demo' AND symbol = 'BTC/USDT')`,
    );
    await pool.query(
      `UPDATE sector_mapping SET is_primary_sector = false, sector_id = (SELECT id FROM sectors WHERE name = 'Payments')
       WHERE asset_id = (SELECT id FROM assets WHERE data_source = 'demo' AND symbol = 'BTC/USDT')`,
    );
    const placed = () =>
      column(
        pool,
        `SELECT concat_ws(' ', wa.watchlist_id, wa.asset_id, m.sector_id) AS value
         FROM sector_mapping m LEFT JOIN watchlist_assets wa USING (asset_id) ORDER BY m.asset_id`,
      );
    const before = await placed();
    await pool.query('SELECT apply_coin_defaults(ARRAY(SELECT id FROM assets))');
    t.same(await placed(), before);
  });

  t.test('never puts an asset into the list of a user', async (t) => {
    const user = await insertRow(pool, 'users', { email: 'a@example.com', password_hash: '$x$y' });
    const list = await insertRow(pool, 'watchlists', { name: 'Mine', user_id: user.id });
    await pool.query(`UPDATE coin_defaults SET watchlist_id = $1 WHERE base = 'XMR'`, [list.id]);
    await new AssetRepository(pool).register([
      { symbol: 'XMR/USDT', base: 'XMR', quote: 'USDT', dataSource: 'okx' },
    ]);
    t.same(
      await column(pool, `SELECT asset_id AS value FROM watchlist_assets WHERE watchlist_id = ${list.id}`),
      [],
    );
  });

  t.test('lets the engine add assets that it may not place itself', async (t) => {
    const engine = await database.connect({ role: 'cryptopredict_engine' });
    const [asset] = await new AssetRepository(engine).register([
      { symbol: 'BTC/USD', base: 'BTC', quote: 'USD', dataSource: 'bitstamp' },
    ]);
    t.same(
      await column(pool, `SELECT sector_id AS value FROM sector_mapping WHERE asset_id = ${asset?.id}`),
      [1],
    );
    await t.rejects(engine.query('SELECT apply_coin_defaults(ARRAY[1])'), { code: '42501' });
  });
});

t.test('a database of an earlier version, which has served the demo exchange', async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.teardown(() => database.drop());
  const { pool } = database;
  await migrate(pool, { dir: await firstMigrations(t, 2) });
  const { rows: old } = await pool.query<{ id: number; symbol: string }>(
    `INSERT INTO assets (symbol, name, asset_type, quote_currency, data_source, current_price)
     VALUES ('BTC/USDT', 'Bitcoin', 'crypto', 'USDT', 'demo', 64000), ('SIM001/USDT', 'SIM001', 'crypto', 'USDT', 'demo', 1),
       ('BTC/USDT', 'BTC', 'crypto', 'USDT', 'binance', 1)
     RETURNING id, symbol`,
  );
  await migrate(pool);
  t.same(
    await column(
      pool,
      `SELECT concat_ws(' ', id, name, current_price, is_active::text) AS value FROM assets
       WHERE data_source = 'demo' AND symbol = 'BTC/USDT'`,
    ),
    [`${old[0]?.id} Bitcoin 64000 true`],
    'keeps its assets as they are',
  );
  t.same(
    await column(pool, `SELECT watchlist_id AS value FROM watchlist_assets WHERE asset_id = ${old[2]?.id}`),
    [1],
    'those of other exchanges are placed too',
  );
  await pool.query(`DELETE FROM assets WHERE symbol = 'SIM001/USDT'`);
  await isDemoPlaced(t, pool);
});

/** Gives a folder with the first migrations alone, for the time of the test. */
async function firstMigrations(t: Test, count: number): Promise<string> {
  const from = fileURLToPath(new URL('sql/', packageRoot()));
  const folder = await makeTestFolder('sql');
  t.teardown(() => rm(folder, { recursive: true }));
  const files = (await readdir(from)).filter((name) => name.endsWith('.sql')).sort();
  for (const name of files.slice(0, count)) await copyFile(`${from}${name}`, `${folder}/${name}`);
  return folder;
}

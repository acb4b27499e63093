-- What every database begins with: the sectors and default watchlists of the documents, where coins belong, the
-- engine's models, the symbols that the demo exchange lists, and the settings of admins.

-- `coingecko_id` is the category there; Bitcoin has none, and has the coin's own id.
INSERT INTO sectors (coingecko_id, name, description) VALUES
  ('bitcoin', 'Bitcoin', 'Store of value and digital gold'),
  ('smart-contract-platform', 'Ethereum & Smart Contracts', 'Smart contract platforms'),
  ('decentralized-finance-defi', 'DeFi', 'Decentralized Finance protocols'),
  ('layer-1', 'Layer 1 Blockchains', 'Alternative Layer 1 blockchains'),
  ('layer-2', 'Layer 2 Solutions', 'Scaling solutions'),
  ('non-fungible-tokens-nft', 'NFTs & Gaming', 'Non-fungible tokens and gaming'),
  ('infrastructure', 'Infrastructure', 'Blockchain infrastructure'),
  ('meme-token', 'Meme Coins', 'Community-driven tokens'),
  ('privacy-coins', 'Privacy Coins', 'Privacy-focused cryptocurrencies'),
  ('stablecoins', 'Stablecoins', 'Price-stable cryptocurrencies'),
  ('payment-solutions', 'Payments', 'Payment-focused cryptocurrencies'),
  ('artificial-intelligence', 'AI', 'Artificial intelligence and computing networks'),
  ('real-world-assets-rwa', 'RWA', 'Tokenized real-world assets');

INSERT INTO watchlists (name, description, watchlist_type, max_assets, sort_order) VALUES
  ('Tier 1', 'High-confidence cryptocurrency selections', 'default', 20, 1),
  ('Tier 2', 'Medium-confidence cryptocurrency selections', 'default', 100, 2);

-- Tier 1: the coins that a live exchange serves when none are asked for.
INSERT INTO coin_defaults (base, sector_id, watchlist_id, sort_order)
SELECT c.base, s.id, w.id, c.place
FROM (VALUES
  ('BTC', 'Bitcoin', 'Tier 1', 1),
  ('ETH', 'Ethereum & Smart Contracts', 'Tier 1', 2),
  ('SOL', 'Layer 1 Blockchains', 'Tier 1', 3),
  ('BNB', 'Layer 1 Blockchains', 'Tier 1', 4),
  ('XRP', 'Payments', 'Tier 1', 5),
  ('ADA', 'Layer 1 Blockchains', 'Tier 1', 6),
  ('DOGE', 'Meme Coins', 'Tier 1', 7),
  ('LINK', 'Infrastructure', 'Tier 1', 8),
  ('AVAX', 'Layer 1 Blockchains', 'Tier 1', 9),
  ('LTC', 'Payments', 'Tier 1', 10),
  ('TRX', 'Layer 1 Blockchains', 'Tier 2', 1),
  ('DOT', 'Layer 1 Blockchains', 'Tier 2', 2),
  ('MATIC', 'Layer 2 Solutions', 'Tier 2', 3),
  ('BCH', 'Payments', 'Tier 2', 4),
  ('UNI', 'DeFi', 'Tier 2', 5),
  ('NEAR', 'Layer 1 Blockchains', 'Tier 2', 6),
  ('ATOM', 'Layer 1 Blockchains', 'Tier 2', 7),
  ('XLM', 'Payments', 'Tier 2', 8),
  ('FIL', 'Infrastructure', 'Tier 2', 9),
  ('APT', 'Layer 1 Blockchains', 'Tier 2', 10),
  ('ARB', 'Layer 2 Solutions', 'Tier 2', 11),
  ('OP', 'Layer 2 Solutions', 'Tier 2', 12),
  ('SUI', 'Layer 1 Blockchains', 'Tier 2', 13),
  ('AAVE', 'DeFi', 'Tier 2', 14),
  ('INJ', 'DeFi', 'Tier 2', 15),
  ('SHIB', 'Meme Coins', 'Tier 2', 16),
  ('PEPE', 'Meme Coins', 'Tier 2', 17),
  ('ZEC', 'Privacy Coins', 'Tier 2', 18)
) AS c (base, sector, list, place)
JOIN sectors s ON s.name = c.sector
JOIN watchlists w ON w.name = c.list AND w.user_id IS NULL;

-- Coins that live exchanges list, without a default list.
INSERT INTO coin_defaults (base, sector_id)
SELECT c.base, s.id
FROM (VALUES
  ('Ethereum & Smart Contracts', 'ETC'),
  ('DeFi', '1INCH CAKE COMP CRV DYDX ENA GMX JUP LDO MKR PENDLE RUNE SKY SNX SUSHI YFI'),
  ('Layer 1 Blockchains', 'ALGO EGLD EOS FTM HBAR HYPE ICP KAS S SEI TIA TON VET XTZ'),
  ('Layer 2 Solutions', 'IMX MNT POL STRK ZK'),
  ('NFTs & Gaming', 'APE AXS BLUR ENJ FLOW GALA MANA SAND'),
  ('Infrastructure', 'API3 AR BAND GRT HNT PYTH QNT STX THETA'),
  ('Meme Coins', 'BONK FLOKI PENGU TRUMP WIF'),
  ('Privacy Coins', 'DASH SCRT XMR ZEN'),
  ('Stablecoins', 'AEUR BUSD DAI EURC EURI EURT FDUSD FRAX GUSD LUSD PYUSD RLUSD TUSD USD1 USDC USDD USDE USDG USDP '
    'USDS USDT USTC XUSD'),
  ('Payments', 'BSV XNO'),
  ('AI', 'AGIX FET OCEAN RENDER RNDR TAO VIRTUAL WLD'),
  ('RWA', 'OM ONDO POLYX')
) AS sector_coins (sector, bases)
JOIN sectors s ON s.name = sector_coins.sector
CROSS JOIN LATERAL string_to_table(sector_coins.bases, ' ') AS c (base);

-- Not active: they run from the versions on that bring their rules.
INSERT INTO ai_models (name, version, architecture, model_type, training_data_timeframe, target_variable) VALUES
  ('macro_regime', '1.0.0', 'rule_based', 'macro', '1d', 'regime_change_probability'),
  ('sector_rotation', '1.0.0', 'rule_based', 'sector', '1d', 'trend_strength'),
  ('asset_selection', '1.0.0', 'rule_based', 'asset', '4h', 'trend_strength'),
  ('signal_timing', '1.0.0', 'rule_based', 'timing', '1h', 'price_direction');

-- Not active until a server serves the demo exchange; a database that one has served has them already.
INSERT INTO assets (symbol, name, asset_type, quote_currency, data_source, is_active)
SELECT
  base || '/USDT', base, CASE base WHEN 'USDC' THEN 'stablecoin' ELSE 'crypto' END::asset_type, 'USDT', 'demo', false
FROM string_to_table(
  'BTC ETH SOL BNB XRP ADA DOGE LINK LTC AVAX TRX DOT MATIC BCH UNI NEAR ATOM XLM FIL APT ARB OP SUI AAVE INJ SHIB '
  'PEPE ZEC USDC', ' ') AS base
ON CONFLICT (data_source, symbol) DO NOTHING;

SELECT apply_coin_defaults(ARRAY(SELECT id FROM assets));

INSERT INTO system_config (key, value, description) VALUES
  ('watchlist_limits', '{"tier1_max": 20, "tier2_max": 100}',
    'Most assets of the default watchlists, of one data source'),
  ('ai_thresholds', '{"suggestion_confidence_min": 0.7, "signal_confidence_min": 0.8}',
    'Least confidence, 0-1, of a recommendation and of a signal'),
  ('housekeeping', '{"archive_after_months": 24, "keep_days": {"api_request_logs": 30, "external_api_logs": 30,
      "system_health": 30, "user_activities": 365, "user_sessions": 30, "notifications": 0, "background_tasks": 90}}',
    'Months until candles are archived (0: never), and days that old rows are kept (null: for good)');

-- Tells this database from others: rows that wait for it on a disk go nowhere else.
INSERT INTO system_config (key, value, description) VALUES
  ('database.id', to_jsonb(gen_random_uuid()::text), 'Name of this database; not to be changed');

-- What was sold at a profit that nobody can know, because the entry price was never told, has no profit: NULL, and not 0.
-- The only reason for NULL is that the entry price was not known when something was sold. A sum with an unknown part is
-- unknown.

ALTER TABLE trade_actions ALTER COLUMN pnl_realized_usd DROP NOT NULL;
ALTER TABLE portfolio_assets ALTER COLUMN pnl_realized_usd DROP NOT NULL;

-- Rows of before: a 0 that stands for an unknown profit. Trades that sell, of holdings whose entry price is not known; a
-- holding that never had one never gets one, since what is bought on top of an unknown price leaves it unknown.
UPDATE trade_actions t SET pnl_realized_usd = NULL
FROM portfolio_assets pa
WHERE pa.id = t.portfolio_asset_id AND pa.entry_price IS NULL AND t.pnl_realized_usd = 0 AND t.quantity > 0
  AND CASE pa.asset_type
    WHEN 'Short Position' THEN t.action_type IN ('buy', 'partial_exit', 'full_exit')
    ELSE t.action_type IN ('sell', 'partial_sell', 'partial_exit', 'full_exit')
  END;
UPDATE portfolio_assets pa SET pnl_realized_usd = NULL
WHERE EXISTS (SELECT FROM trade_actions t WHERE t.portfolio_asset_id = pa.id AND t.pnl_realized_usd IS NULL);

-- A client's own name for a trade: a request that is sent again, because its answer was lost, records nothing twice. It
-- stands for one trade of a user; who records looks for it under the user's lock, and the index is the last guard.

ALTER TABLE trade_actions
  ADD COLUMN client_id text
    CONSTRAINT chk_trade_actions_client_id CHECK (client_id ~ '^[!-~]{1,64}$');

CREATE UNIQUE INDEX unique_trade_actions_client_id ON trade_actions (portfolio_asset_id, client_id)
  WHERE client_id IS NOT NULL;

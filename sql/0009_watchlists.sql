-- Lists of assets: the default ones that everybody sees, the personal ones of each user, and what users hold.

CREATE TYPE watchlist_type AS ENUM ('default', 'personal');
CREATE TYPE position_type AS ENUM ('long', 'short');

CREATE TABLE watchlists (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL
    CONSTRAINT chk_watchlists_name CHECK (length(name) BETWEEN 1 AND 100 AND name !~ '^\s|\s$'),
  description text
    CONSTRAINT chk_watchlists_description CHECK (length(description) <= 2000),
  -- NULL for a default list.
  user_id integer CONSTRAINT fk_watchlists_user REFERENCES users (id) ON DELETE CASCADE,
  watchlist_type watchlist_type NOT NULL DEFAULT 'personal',
  is_active boolean NOT NULL DEFAULT true,
  is_public boolean NOT NULL DEFAULT false,
  max_assets integer NOT NULL DEFAULT 25
    CONSTRAINT chk_watchlists_max_assets CHECK (max_assets BETWEEN 1 AND 10000),
  sort_order integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_watchlists_default_has_no_user CHECK ((watchlist_type = 'default') = (user_id IS NULL))
);

CREATE UNIQUE INDEX unique_watchlists_default_name ON watchlists (lower(name)) WHERE user_id IS NULL;
CREATE INDEX idx_watchlists_user ON watchlists (user_id, sort_order, id);

CREATE TRIGGER trg_watchlists_updated_at BEFORE UPDATE ON watchlists
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE watchlist_assets (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  watchlist_id integer NOT NULL
    CONSTRAINT fk_watchlist_assets_watchlist REFERENCES watchlists (id) ON DELETE CASCADE,
  asset_id integer NOT NULL CONSTRAINT fk_watchlist_assets_asset REFERENCES assets (id),
  position_type position_type NOT NULL DEFAULT 'long',
  sort_order integer NOT NULL DEFAULT 0,
  notes text
    CONSTRAINT chk_watchlist_assets_notes CHECK (length(notes) <= 2000),
  is_active boolean NOT NULL DEFAULT true,
  -- NULL: the server itself, or a user who is gone.
  added_by integer CONSTRAINT fk_watchlist_assets_adder REFERENCES users (id) ON DELETE SET NULL,
  last_modified_by integer CONSTRAINT fk_watchlist_assets_modifier REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_watchlist_assets_asset UNIQUE (watchlist_id, asset_id)
);

CREATE INDEX idx_watchlist_assets_order ON watchlist_assets (watchlist_id, is_active, sort_order, id);
CREATE INDEX idx_watchlist_assets_asset ON watchlist_assets (asset_id);
CREATE INDEX idx_watchlist_assets_added_by ON watchlist_assets (added_by);
CREATE INDEX idx_watchlist_assets_last_modified_by ON watchlist_assets (last_modified_by);

CREATE TRIGGER trg_watchlist_assets_updated_at BEFORE UPDATE ON watchlist_assets
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE portfolios (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_portfolios_user REFERENCES users (id) ON DELETE CASCADE,
  is_active boolean NOT NULL DEFAULT true,
  is_public boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_portfolios_user ON portfolios (user_id, is_active);

CREATE TRIGGER trg_portfolios_updated_at BEFORE UPDATE ON portfolios
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TYPE portfolio_asset_type AS ENUM ('Crypto Asset', 'Stablecoin', 'Long Position', 'Short Position');
CREATE TYPE trade_status AS ENUM ('open', 'reducing', 'closed', 'accumulating', 'exit_plan');
CREATE TYPE investment_timeframe AS ENUM ('short_term', 'medium_term', 'long_term');
CREATE TYPE risk_category AS ENUM ('conservative', 'moderate', 'aggressive');

-- A holding or a position. `quantity` is what is left of it, in base units.
CREATE TABLE portfolio_assets (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  portfolio_id integer NOT NULL
    CONSTRAINT fk_portfolio_assets_portfolio REFERENCES portfolios (id) ON DELETE CASCADE,
  asset_id integer NOT NULL CONSTRAINT fk_portfolio_assets_asset REFERENCES assets (id),
  asset_type portfolio_asset_type NOT NULL,
  leverage_ratio numeric NOT NULL DEFAULT 1
    CONSTRAINT chk_portfolio_assets_leverage_ratio CHECK (leverage_ratio BETWEEN 1 AND 1000),
  quantity numeric NOT NULL DEFAULT 0
    CONSTRAINT chk_portfolio_assets_quantity CHECK (quantity >= 0 AND quantity < 'Infinity'),
  entry_price numeric
    CONSTRAINT chk_portfolio_assets_entry_price CHECK (entry_price > 0 AND entry_price < 'Infinity'),
  exit_price numeric
    CONSTRAINT chk_portfolio_assets_exit_price CHECK (exit_price > 0 AND exit_price < 'Infinity'),
  trade_status trade_status NOT NULL DEFAULT 'open',
  pnl_realized_usd numeric(30,2) NOT NULL DEFAULT 0
    CONSTRAINT chk_portfolio_assets_pnl_realized_usd CHECK (pnl_realized_usd < 'Infinity'),
  allocation_target_percent numeric
    CONSTRAINT chk_portfolio_assets_allocation_target_percent CHECK (allocation_target_percent BETWEEN 0 AND 100),
  investment_thesis text
    CONSTRAINT chk_portfolio_assets_investment_thesis CHECK (length(investment_thesis) <= 10000),
  investment_timeframe investment_timeframe,
  risk_category risk_category NOT NULL DEFAULT 'moderate',
  stop_loss_price numeric
    CONSTRAINT chk_portfolio_assets_stop_loss_price CHECK (stop_loss_price > 0 AND stop_loss_price < 'Infinity'),
  take_profit_price numeric
    CONSTRAINT chk_portfolio_assets_take_profit_price CHECK (take_profit_price > 0 AND take_profit_price < 'Infinity'),
  max_allocation_percent numeric NOT NULL DEFAULT 10
    CONSTRAINT chk_portfolio_assets_max_allocation_percent CHECK (max_allocation_percent > 0 AND max_allocation_percent <= 100),
  notes text
    CONSTRAINT chk_portfolio_assets_notes CHECK (length(notes) <= 10000),
  sort_order integer NOT NULL DEFAULT 0,
  is_active boolean NOT NULL DEFAULT true,
  -- NULL: the server itself, or a user who is gone.
  added_by integer CONSTRAINT fk_portfolio_assets_adder REFERENCES users (id) ON DELETE SET NULL,
  last_modified_by integer CONSTRAINT fk_portfolio_assets_modifier REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT chk_portfolio_assets_closed_is_empty CHECK (trade_status <> 'closed' OR quantity = 0),
  CONSTRAINT chk_portfolio_assets_stop_before_target CHECK (
    CASE asset_type
      WHEN 'Short Position' THEN stop_loss_price > take_profit_price
      ELSE stop_loss_price < take_profit_price
    END)
);

CREATE INDEX idx_portfolio_assets_portfolio ON portfolio_assets (portfolio_id, is_active);
CREATE INDEX idx_portfolio_assets_asset ON portfolio_assets (asset_id);
CREATE INDEX idx_portfolio_assets_added_by ON portfolio_assets (added_by);
CREATE INDEX idx_portfolio_assets_last_modified_by ON portfolio_assets (last_modified_by);

CREATE TRIGGER trg_portfolio_assets_updated_at BEFORE UPDATE ON portfolio_assets
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

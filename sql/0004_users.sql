-- Users, their sessions and what they did. Tokens are stored as SHA-256 in hex alone, so that whoever reads the tables
-- can use none of them; the CHECKs refuse a raw token and a raw password.

CREATE TYPE user_role AS ENUM ('admin', 'public', 'guest');
CREATE TYPE subscription_plan AS ENUM ('free', 'basic', 'pro', 'enterprise');

CREATE TABLE users (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL
    CONSTRAINT chk_users_email CHECK (
      length(email) <= 255 AND email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'),
  -- $<algorithm>$<parameters and hash>
  password_hash text NOT NULL
    CONSTRAINT chk_users_password_hash CHECK (length(password_hash) <= 255 AND password_hash ~ '^\$[a-z0-9-]+\$.'),
  first_name text
    CONSTRAINT chk_users_first_name CHECK (length(first_name) BETWEEN 1 AND 50),
  last_name text
    CONSTRAINT chk_users_last_name CHECK (length(last_name) BETWEEN 1 AND 50),
  role user_role NOT NULL DEFAULT 'public',
  is_active boolean NOT NULL DEFAULT true,
  is_verified boolean NOT NULL DEFAULT false,
  login_count integer NOT NULL DEFAULT 0
    CONSTRAINT chk_users_login_count CHECK (login_count >= 0),
  preferences jsonb NOT NULL DEFAULT '{}'
    CONSTRAINT chk_users_preferences CHECK (jsonb_typeof(preferences) = 'object'),
  timezone text NOT NULL DEFAULT 'UTC'
    CONSTRAINT chk_users_timezone CHECK (timezone ~ '^[A-Za-z0-9_+/-]{1,64}$'),
  language text NOT NULL DEFAULT 'en'
    CONSTRAINT chk_users_language CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$'),
  last_login timestamptz,
  bio text
    CONSTRAINT chk_users_bio CHECK (length(bio) <= 2000),
  -- Shown to others: no script may stand in it.
  profile_picture_url text
    CONSTRAINT chk_users_profile_picture_url CHECK (
      length(profile_picture_url) <= 2048 AND profile_picture_url ~ '^https?://\S+$'),

  reset_password_token text
    CONSTRAINT chk_users_reset_password_token CHECK (reset_password_token ~ '^[0-9a-f]{64}$'),
  reset_password_expires timestamptz,
  email_verification_token text
    CONSTRAINT chk_users_email_verification_token CHECK (email_verification_token ~ '^[0-9a-f]{64}$'),
  email_verification_expires timestamptz,
  failed_login_attempts integer NOT NULL DEFAULT 0
    CONSTRAINT chk_users_failed_login_attempts CHECK (failed_login_attempts >= 0),
  lockout_expires timestamptz,

  referral_code text
    CONSTRAINT chk_users_referral_code CHECK (referral_code ~ '^[A-Za-z0-9_-]{4,32}$'),
  referred_by integer CONSTRAINT fk_users_referrer REFERENCES users (id) ON DELETE SET NULL,
  referral_count integer NOT NULL DEFAULT 0
    CONSTRAINT chk_users_referral_count CHECK (referral_count >= 0),
  account_balance numeric(30,2) NOT NULL DEFAULT 0
    CONSTRAINT chk_users_account_balance CHECK (account_balance >= 0 AND account_balance < 'Infinity'),
  subscription_plan subscription_plan NOT NULL DEFAULT 'free',
  subscription_expires_at timestamptz,
  -- By admins; never shown to the user.
  notes text
    CONSTRAINT chk_users_notes CHECK (length(notes) <= 10000),
  deleted_at timestamptz,
  deleted_by integer CONSTRAINT fk_users_deleter REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_users_referral_code UNIQUE (referral_code),
  CONSTRAINT unique_users_reset_password_token UNIQUE (reset_password_token),
  CONSTRAINT unique_users_email_verification_token UNIQUE (email_verification_token),
  CONSTRAINT chk_users_reset_token_expires CHECK ((reset_password_token IS NULL) = (reset_password_expires IS NULL)),
  CONSTRAINT chk_users_verification_token_expires
    CHECK ((email_verification_token IS NULL) = (email_verification_expires IS NULL)),
  CONSTRAINT chk_users_not_referred_by_self CHECK (referred_by <> id),
  CONSTRAINT chk_users_deleted_is_inactive CHECK (deleted_at IS NULL OR NOT is_active)
);

-- One account per address, also after it was deleted: nobody takes over what an address once was.
CREATE UNIQUE INDEX unique_users_email ON users (lower(email));
CREATE INDEX idx_users_role ON users (role, is_active);
CREATE INDEX idx_users_created_at ON users (created_at DESC, id DESC);
CREATE INDEX idx_users_referred_by ON users (referred_by);
CREATE INDEX idx_users_deleted_by ON users (deleted_by);

CREATE TRIGGER trg_users_updated_at BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- One row per pair of tokens. A refresh ends the row (`rotated_at`) and begins another of the same family; a refresh
-- token that comes a second time was stolen, and the whole family is revoked.
CREATE TABLE user_sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL CONSTRAINT fk_user_sessions_user REFERENCES users (id) ON DELETE CASCADE,
  family_id uuid NOT NULL DEFAULT gen_random_uuid(),
  session_token text NOT NULL
    CONSTRAINT chk_user_sessions_session_token CHECK (session_token ~ '^[0-9a-f]{64}$'),
  refresh_token text
    CONSTRAINT chk_user_sessions_refresh_token CHECK (refresh_token ~ '^[0-9a-f]{64}$'),
  device_info jsonb
    CONSTRAINT chk_user_sessions_device_info CHECK (jsonb_typeof(device_info) = 'object'),
  ip_address inet,
  is_active boolean NOT NULL DEFAULT true,
  expires_at timestamptz NOT NULL
    CONSTRAINT chk_user_sessions_expires_at CHECK (isfinite(expires_at)),
  refresh_expires_at timestamptz
    CONSTRAINT chk_user_sessions_refresh_expires_at CHECK (isfinite(refresh_expires_at)),
  last_used_at timestamptz NOT NULL DEFAULT now(),
  rotated_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),

  CONSTRAINT unique_user_sessions_session_token UNIQUE (session_token),
  CONSTRAINT unique_user_sessions_refresh_token UNIQUE (refresh_token),
  CONSTRAINT chk_user_sessions_refresh_token_expires CHECK ((refresh_token IS NULL) = (refresh_expires_at IS NULL)),
  CONSTRAINT chk_user_sessions_ended_is_inactive
    CHECK (NOT is_active OR (rotated_at IS NULL AND revoked_at IS NULL))
);

CREATE INDEX idx_user_sessions_user ON user_sessions (user_id, is_active);
CREATE INDEX idx_user_sessions_family ON user_sessions (family_id);
CREATE INDEX idx_user_sessions_active ON user_sessions (is_active, expires_at);

CREATE TRIGGER trg_user_sessions_updated_at BEFORE UPDATE ON user_sessions
  FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE user_activities (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer CONSTRAINT fk_user_activities_user REFERENCES users (id) ON DELETE SET NULL,
  session_id bigint CONSTRAINT fk_user_activities_session REFERENCES user_sessions (id) ON DELETE SET NULL,
  activity_type text NOT NULL
    CONSTRAINT chk_user_activities_activity_type CHECK (activity_type ~ '^[a-z][a-z0-9_]{0,49}$'),
  entity_type text
    CONSTRAINT chk_user_activities_entity_type CHECK (entity_type ~ '^[a-z][a-z0-9_]{0,49}$'),
  entity_id bigint,
  action text NOT NULL
    CONSTRAINT chk_user_activities_action CHECK (action ~ '^[a-z][a-z0-9_]{0,49}$'),
  details jsonb
    CONSTRAINT chk_user_activities_details CHECK (jsonb_typeof(details) = 'object'),
  ip_address inet,
  user_agent text
    CONSTRAINT chk_user_activities_user_agent CHECK (length(user_agent) <= 1000),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX idx_user_activities_created_at ON user_activities (created_at DESC, id DESC);
CREATE INDEX idx_user_activities_type ON user_activities (activity_type, created_at DESC, id DESC);
CREATE INDEX idx_user_activities_user ON user_activities (user_id, created_at DESC, id DESC);
CREATE INDEX idx_user_activities_entity ON user_activities (entity_type, entity_id);
CREATE INDEX idx_user_activities_session ON user_activities (session_id);

-- Under load one of many requests is written: this says for how many a row stands, so that figures stay true.

ALTER TABLE api_request_logs
  ADD COLUMN sampled_one_in integer NOT NULL DEFAULT 1
    CONSTRAINT chk_api_request_logs_sampled_one_in CHECK (sampled_one_in >= 1);

-- What a user predicts is no model's; what the engine predicts always is.

ALTER TABLE predictions
  ALTER COLUMN ai_model_id DROP NOT NULL,
  ADD CONSTRAINT chk_predictions_engine_has_model CHECK (user_id IS NOT NULL OR ai_model_id IS NOT NULL);

CREATE OR REPLACE VIEW v_active_predictions WITH (security_invoker = true) AS
SELECT
  p.id, p.asset_id, p.watchlist_id, p.user_id, p.ai_model_id, p.layer_source, p.prediction_type, p.predicted_price,
  p.predicted_value, p.confidence_score, p.prediction_horizon, p.target_datetime, p.features_used,
  p.model_parameters, p.input_price, p.input_features, p.context_data, p.accuracy_threshold, p.training_data_end,
  p.market_conditions, p.volatility_level, p.model_training_time, p.prediction_time, p.notes, p.debug_info,
  p.created_at, p.updated_at,
  m.name AS model_name,
  m.version AS model_version,
  a.symbol,
  a.name AS asset_name,
  a.current_price,
  u.email AS user_email
FROM predictions p
JOIN assets a ON a.id = p.asset_id
LEFT JOIN ai_models m ON m.id = p.ai_model_id
LEFT JOIN users u ON u.id = p.user_id
WHERE NOT p.is_realized;

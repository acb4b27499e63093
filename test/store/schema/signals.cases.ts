import {
  NO_AMOUNT,
  NO_ARRAY,
  NO_CORRELATION,
  NO_NUMBER,
  NO_OBJECT,
  NO_PERCENTAGE,
  NO_PRICE,
  NO_SHARE,
  NO_TIME,
  noText,
  refusedBy,
} from '../../support/refused-rows.js';
import { insertValid, type TableCase } from '../../support/schema-cases.js';
import { aiModelsCase, metricsSnapshotCase, sectorsCase } from './analysis.cases.js';
import { assetsCase } from './market.cases.js';
import { portfolioAssetsCase, portfoliosCase, usersCase, watchlistsCase } from './users.cases.js';

const LONG_NOTES = ['x'.repeat(10_001)] as const;
const LONG_WORDS = ['x'.repeat(2001)] as const;

/** One analysis of a watchlist. */
export const aiWatchlistAnalysisCase: TableCase = {
  table: 'ai_watchlist_analysis',
  valid: async (database, n) => ({
    watchlist_id: await insertValid(database, watchlistsCase, n),
    metrics_snapshot_id: await insertValid(database, metricsSnapshotCase, n),
    ai_model_id: await insertValid(database, aiModelsCase, n),
    timeframe: '7d',
    analysis_time: new Date(Date.UTC(2024, 0, 1, n)),
    asset_scores: [{ asset_id: 1, score: 0.92, rank: 1 }],
  }),
  refused: refusedBy('ai_watchlist_analysis', {
    candle_time: NO_TIME,
    analysis_time: NO_TIME,
    asset_scores: NO_ARRAY,
    key_signals: NO_OBJECT,
    generated_signals: NO_ARRAY,
    ai_confidence_score: NO_SHARE,
    signal_agreement_score: NO_SHARE,
    outlook_duration_estimate: [-1],
    analysis_data: NO_OBJECT,
  }),
};

/** One analysis of a portfolio, which has lost more than all. */
export const aiPortfolioAnalysisCase: TableCase = {
  table: 'ai_portfolio_analysis',
  valid: async (database, n) => ({
    portfolio_id: await insertValid(database, portfoliosCase, n),
    metrics_snapshot_id: await insertValid(database, metricsSnapshotCase, n),
    ai_model_id: await insertValid(database, aiModelsCase, n),
    timeframe: '30d',
    analysis_time: new Date(Date.UTC(2024, 0, 1, n)),
    total_portfolio_value_usd: -12.5,
    total_pnl_pct: -104.2,
    total_pnl_usd: '-1e20',
    max_drawdown_pct: 112,
    rebalancing_suggestions: [{ action: 'reduce', asset: 'BTC' }],
  }),
  refused: refusedBy('ai_portfolio_analysis', {
    candle_time: NO_TIME,
    analysis_time: NO_TIME,
    total_portfolio_value_usd: ['NaN'],
    total_pnl_pct: NO_NUMBER,
    total_pnl_usd: ['NaN'],
    portfolio_risk_score: NO_SHARE,
    diversification_score: NO_SHARE,
    concentration_risk: NO_SHARE,
    current_allocation: NO_OBJECT,
    optimal_allocation: NO_OBJECT,
    allocation_deviation: NO_OBJECT,
    portfolio_beta: NO_NUMBER,
    portfolio_volatility: NO_SHARE,
    sharpe_ratio: NO_NUMBER,
    max_drawdown_pct: NO_AMOUNT,
    correlation_matrix: NO_OBJECT,
    rebalancing_suggestions: NO_ARRAY,
    portfolio_signals: NO_OBJECT,
    portfolio_efficiency_score: NO_SHARE,
    total_fees_impact_pct: NO_NUMBER,
    opportunity_cost_score: NO_SHARE,
    sector_rotation_impact: NO_OBJECT,
    cycle_adjustment_score: NO_SHARE,
    ai_confidence_score: NO_SHARE,
    signal_agreement_score: NO_SHARE,
    outlook_duration_estimate: [-1],
    analysis_data: NO_OBJECT,
  }),
};

/** One analysis of a holding. */
export const aiPortfolioAssetAnalysisCase: TableCase = {
  table: 'ai_portfolio_asset_analysis',
  valid: async (database, n) => ({
    portfolio_asset_id: await insertValid(database, portfolioAssetsCase, n),
    metrics_snapshot_id: await insertValid(database, metricsSnapshotCase, n),
    ai_model_id: await insertValid(database, aiModelsCase, n),
    timeframe: '4h',
    analysis_time: new Date(Date.UTC(2024, 0, 1, n)),
    position_status: 'at_risk',
    current_pnl_pct: -104.2,
    recommended_action: 'partial_exit_50',
    urgency_level: 'immediate',
    market_regime_change: 'sideways_to_bear',
  }),
  refused: refusedBy('ai_portfolio_asset_analysis', {
    candle_time: NO_TIME,
    analysis_time: NO_TIME,
    current_pnl_pct: NO_NUMBER,
    risk_level_score: NO_SHARE,
    exit_probability: NO_SHARE,
    recommendation_reason: LONG_NOTES,
    suggested_sl_price: NO_PRICE,
    suggested_tp_price: NO_PRICE,
    suggested_exit_percentage: NO_PERCENTAGE,
    optimal_position_size: NO_AMOUNT,
    current_signals: NO_OBJECT,
    risk_factors: NO_ARRAY,
    condition_deterioration_score: NO_SHARE,
    ai_confidence_score: NO_SHARE,
    signal_agreement_score: NO_SHARE,
    analysis_horizon_hours: [0],
    analysis_data: NO_OBJECT,
  }),
};

const SHORT = { signal_type: 'short', entry_price: 100, stop_loss: 110, target_price: 80 };

/** A long signal. */
export const aiTradingSignalsCase: TableCase = {
  table: 'ai_trading_signals',
  valid: async (database, n) => ({
    asset_id: await insertValid(database, assetsCase, n),
    ai_model_id: await insertValid(database, aiModelsCase, n),
    metrics_snapshot_id: await insertValid(database, metricsSnapshotCase, n),
    timeframe: '1h',
    candle_time: new Date(Date.UTC(2024, 0, 1, n)),
    signal_type: 'long',
    signal_origin: 'watchlist_screening',
    signal_quality: 'high',
    confidence_score: 0.92,
    entry_price: '0.0000001842',
    target_price: '0.00000019',
    stop_loss: '0.00000018',
    risk_reward_ratio: 1.38,
    confluence_factors: [{ factor: 'volume_spike', weight: 0.8 }],
    max_favorable_excursion: 102,
    max_adverse_excursion: 98,
    market_correlation: -0.4,
    expires_at: new Date(Date.UTC(2024, 0, 3)),
  }),
  refused: {
    ...refusedBy('ai_trading_signals', {
      candle_time: NO_TIME,
      confidence_score: NO_SHARE,
      entry_price: NO_PRICE,
      target_price: NO_PRICE,
      stop_loss: NO_PRICE,
      risk_reward_ratio: NO_PRICE,
      market_context: NO_OBJECT,
      sector_context: NO_OBJECT,
      confluence_factors: NO_ARRAY,
      invalidation_criteria: NO_ARRAY,
      risk_management: NO_OBJECT,
      time_horizon_hours: [0],
      actual_entry_price: NO_PRICE,
      max_favorable_excursion: NO_PRICE,
      max_adverse_excursion: NO_PRICE,
      confluence_count: [-1],
      market_correlation: NO_CORRELATION,
      expires_at: NO_TIME,
      invalidated_at: NO_TIME,
    }),
    chk_ai_trading_signals_long_levels: [
      { stop_loss: 1 },
      { stop_loss: '0.0000001842' },
      { target_price: '0.0000001842' },
      { entry_price: '0.00000017', target_price: null },
      { entry_price: null, stop_loss: 2 },
      { entry_price: null, stop_loss: 2, target_price: 2 },
    ],
    chk_ai_trading_signals_short_levels: [
      { signal_type: 'short' },
      { ...SHORT, stop_loss: 100 },
      { ...SHORT, target_price: 100 },
      { ...SHORT, entry_price: null, stop_loss: 80 },
    ],
    chk_ai_trading_signals_long_excursions: [{ max_favorable_excursion: 97 }],
    chk_ai_trading_signals_short_excursions: [{ ...SHORT }],
    chk_ai_trading_signals_expires_after_candle: [{ expires_at: new Date(Date.UTC(2024, 0, 1)) }],
    chk_ai_trading_signals_invalidated_has_time: [
      { status: 'invalidated' },
      { invalidated_at: new Date(Date.UTC(2024, 0, 2)) },
    ],
  },
};

/** What a model advises one user to do. */
export const recommendationsCase: TableCase = {
  table: 'recommendations',
  valid: async (database, n) => ({
    user_id: await insertValid(database, usersCase, n),
    target_entity_type: 'asset',
    target_entity_id: n,
    recommendation_type: 'tier_change',
    recommendation_title: 'Promote to Tier 1',
    ai_layer: 3,
    confidence_score: 0.92,
    user_rating: 5,
    dedup_key: `promote ${n}`,
  }),
  refused: {
    ...refusedBy('recommendations', {
      recommendation_title: noText(200),
      recommendation_summary: LONG_NOTES,
      recommendation_payload: NO_OBJECT,
      ai_layer: [0, 5],
      confidence_score: NO_SHARE,
      user_feedback: LONG_WORDS,
      user_rating: [0, 6],
      outcome_result: NO_OBJECT,
      review_notes: LONG_WORDS,
      expires_at: NO_TIME,
      dedup_key: noText(200),
    }),
    chk_recommendations_target_has_type: [{ target_entity_type: null }],
    chk_recommendations_decided_has_time: [{ status: 'approved' }, { status: 'rejected' }],
    chk_recommendations_implemented_has_time: [{ status: 'implemented' }],
  },
};

/** A price that is a user's guess, beside a model. */
export const predictionsCase: TableCase = {
  table: 'predictions',
  valid: async (database, n) => ({
    asset_id: await insertValid(database, assetsCase, n),
    user_id: await insertValid(database, usersCase, n),
    ai_model_id: await insertValid(database, aiModelsCase, n),
    prediction_type: 'price',
    predicted_price: '0.00000019',
    confidence_score: 0.7,
    prediction_horizon: 24,
    target_datetime: new Date(Date.UTC(2024, 0, 2, n)),
    features_used: ['rsi_14'],
    input_price: '0.00000018',
    market_conditions: 'volatile',
    volatility_level: 'extreme',
  }),
  refused: {
    ...refusedBy('predictions', {
      layer_source: [0, 5],
      predicted_price: NO_PRICE,
      predicted_value: NO_OBJECT,
      confidence_score: NO_SHARE,
      prediction_horizon: [0],
      target_datetime: NO_TIME,
      features_used: ['1'],
      model_parameters: NO_OBJECT,
      input_price: NO_PRICE,
      input_features: NO_OBJECT,
      context_data: NO_OBJECT,
      actual_price: NO_PRICE,
      accuracy_percentage: NO_PERCENTAGE,
      absolute_error: NO_AMOUNT,
      squared_error: NO_AMOUNT,
      accuracy_threshold: NO_PERCENTAGE,
      training_data_end: NO_TIME,
      model_training_time: NO_AMOUNT,
      prediction_time: NO_AMOUNT,
      notes: LONG_NOTES,
      debug_info: NO_OBJECT,
      evaluated_at: NO_TIME,
    }),
    chk_predictions_price_has_price: [{ predicted_price: null }],
    chk_predictions_engine_has_model: [{ user_id: null, ai_model_id: null }],
    chk_predictions_realized_has_time: [{ is_realized: true }],
  },
  unique: { unique_predictions_of_engine: { user_id: null } },
};

/** Where a coin belongs. */
export const coinDefaultsCase: TableCase = {
  table: 'coin_defaults',
  valid: async (database, n) => ({
    base: `COIN${n}`,
    sector_id: await insertValid(database, sectorsCase, n),
  }),
  refused: refusedBy('coin_defaults', { base: ['', 'BTC/USDT', 'B TC', 'BTC:', 'X'.repeat(65)] }),
};

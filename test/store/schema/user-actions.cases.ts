import {
  INFINITE,
  NO_AMOUNT,
  NO_NUMBER,
  NO_OBJECT,
  NO_PERCENTAGE,
  NO_PRICE,
  NO_SHARE,
  NO_SUM,
  NO_TIME,
  noText,
  refusedBy,
} from '../../support/refused-rows.js';
import { insertValid, type TableCase } from '../../support/schema-cases.js';
import { assetsCase } from './market.cases.js';
import { aiTradingSignalsCase } from './signals.cases.js';
import { portfolioAssetsCase, usersCase } from './users.cases.js';

const LONG_NOTES = ['x'.repeat(10_001)] as const;
const NO_GRADE = [0, 11] as const;
/** Rows that a valid one refers to, apart from those of the same number that it makes by another way. */
const APART = 1000;

/** An entry in the journal of a holding. */
export const tradeActionsCase: TableCase = {
  table: 'trade_actions',
  valid: async (database, n) => ({
    portfolio_asset_id: await insertValid(database, portfolioAssetsCase, n),
    action_type: 'entry',
    asset_price: 100,
    quantity: 0.5,
    fees_paid: 0.05,
    timeframe: '1h',
    emotion_state: 'calm',
    confidence_level: 7,
    stress_level: 3,
    market_sentiment: 'bullish',
    volatility_level: 'medium',
    volume_profile: 'normal',
    primary_setup: 'breakout',
    confirmation_signals: { RSI: 61 },
    chart_pattern: 'triangle',
    analysis_snapshot: { regime: 'Bull' },
    stop_loss: 90,
    take_profit: 130,
    capital_amount: 1000,
    risk_percent: 1,
    reason: 'manual_exit',
    client_id: `order-${n}`,
    action_source: 'ai_signal',
    ai_signal_id: await insertValid(database, aiTradingSignalsCase, n + APART, { expires_at: null }),
  }),
  refused: {
    ...refusedBy('trade_actions', {
      asset_price: NO_PRICE,
      quantity: NO_AMOUNT,
      fees_paid: NO_NUMBER,
      pnl_realized_usd: ['NaN'],
      timeframe: ['1w', '1M'],
      emotion_state: noText(50),
      confidence_level: NO_GRADE,
      stress_level: NO_GRADE,
      confirmation_signals: NO_OBJECT,
      chart_pattern: noText(50),
      analysis_snapshot: NO_OBJECT,
      stop_loss: NO_PRICE,
      take_profit: NO_PRICE,
      capital_amount: NO_SUM,
      risk_percent: NO_PERCENTAGE,
      reason: noText(100),
      lesson_learned: LONG_NOTES,
      notes: LONG_NOTES,
      client_id: ['', 'a b', 'é', 'x'.repeat(65)],
    }),
    chk_trade_actions_trade_has_quantity: [{ quantity: 0 }],
    chk_trade_actions_signal_of_ai: [{ action_source: 'manual' }],
  },
};

/** A signal that a user followed. */
export const signalExecutionsCase: TableCase = {
  table: 'signal_executions',
  valid: async (database, n) => ({
    ai_trading_signal_id: await insertValid(database, aiTradingSignalsCase, n, { expires_at: null }),
    user_id: await insertValid(database, usersCase, n),
    execution_price: 100,
    position_size: 0.5,
    portfolio_percentage: 5,
    status: 'filled',
    execution_details: { order: 'market' },
  }),
  refused: {
    ...refusedBy('signal_executions', {
      execution_price: NO_PRICE,
      position_size: NO_PRICE,
      portfolio_percentage: [0, ...NO_PERCENTAGE],
      execution_details: NO_OBJECT,
    }),
    chk_signal_executions_filled_has_price: [
      { execution_price: null },
      { status: 'partially_filled', position_size: null },
    ],
  },
};

/** The limits that a user has set. */
export const riskManagementCase: TableCase = {
  table: 'risk_management',
  valid: async (database, n) => ({ user_id: await insertValid(database, usersCase, n) }),
  refused: refusedBy('risk_management', {
    max_position_size: NO_SUM,
    max_portfolio_risk: NO_SHARE,
    risk_rules: NO_OBJECT,
    current_exposure: NO_OBJECT,
    risk_metrics: NO_OBJECT,
  }),
};

/** An alert on a price. */
export const signalAlertsCase: TableCase = {
  table: 'signal_alerts',
  valid: async (database, n) => ({
    user_id: await insertValid(database, usersCase, n),
    asset_id: await insertValid(database, assetsCase, n),
    alert_type: 'price_target',
    condition: 'above',
    trigger_value: 100,
    message: 'Look!',
    notification_method: 'push',
    expires_at: new Date(Date.UTC(2024, 0, 1)),
  }),
  refused: {
    ...refusedBy('signal_alerts', {
      reference_price: ['1e-101', '1e101', ...INFINITE],
      fired_count: [-1],
      message: ['x'.repeat(501)],
      expires_at: NO_TIME,
      triggered_at: NO_TIME,
    }),
    chk_signal_alerts_trigger_value: [
      ...[0, -1, '1e-101', '1e101', ...INFINITE].map((value) => ({ trigger_value: value })),
      ...[0, '1e-7', 1e10, ...INFINITE].map((value) => ({
        condition: 'percentage_change',
        trigger_value: value,
      })),
      ...[0, '1e-10', 1e10, 'NaN'].map((value) => ({ alert_type: 'volume_spike', trigger_value: value })),
      ...NO_SHARE.map((value) => ({ alert_type: 'signal_generated', trigger_value: value })),
    ],
    chk_signal_alerts_confidence_changes_by_no_percent: [
      { alert_type: 'signal_generated', condition: 'percentage_change', trigger_value: 1 },
    ],
    chk_signal_alerts_timeframe_of_volume: [{ timeframe: '1h' }],
    chk_signal_alerts_reference_of_price_change: [
      { reference_price: 100 },
      { reference_price: 100, alert_type: 'volume_spike', condition: 'percentage_change' },
    ],
    chk_signal_alerts_triggered_has_time: [{ is_triggered: true }],
  },
};

/** What a user is told. */
export const notificationsCase: TableCase = {
  table: 'notifications',
  valid: async (database, n) => ({
    user_id: await insertValid(database, usersCase, n),
    notification_type: 'alert',
    title: 'BTC/USDT above 100',
    message: 'It is 101.',
    data: { alert_id: 1 },
    dedup_key: `alert:${n}:1`,
  }),
  refused: {
    ...refusedBy('notifications', {
      title: noText(200),
      message: noText(5000),
      data: NO_OBJECT,
      dedup_key: noText(200),
      scheduled_for: NO_TIME,
      expires_at: NO_TIME,
    }),
    chk_notifications_read_has_time: [{ status: 'read' }],
  },
};

/** What a user tells us. */
export const userFeedbackCase: TableCase = {
  table: 'user_feedback',
  valid: async (database, n) => ({
    user_id: await insertValid(database, usersCase, n),
    feedback_type: 'bug_report',
    message: 'It does not beep.',
    context_data: { page: 'alerts' },
    response_message: 'It does now.',
    responded_at: new Date(Date.UTC(2024, 0, 1)),
  }),
  refused: {
    ...refusedBy('user_feedback', {
      message: noText(10_000),
      context_data: NO_OBJECT,
      response_message: noText(10_000),
    }),
    chk_user_feedback_response_has_time: [{ responded_at: null }, { response_message: null }],
  },
};

/** A change of a user's row. */
export const auditLogCase: TableCase = {
  table: 'audit_log',
  valid: async (database, n) => ({
    table_name: 'watchlists',
    operation: 'UPDATE',
    row_id: String(n),
    old_values: { name: 'Mine' },
    new_values: { name: 'Ours' },
    changed_by: await insertValid(database, usersCase, n),
  }),
  refused: {
    ...refusedBy('audit_log', {
      table_name: noText(63),
      row_id: noText(200),
      old_values: NO_OBJECT,
      new_values: NO_OBJECT,
    }),
    chk_audit_log_values_of_operation: [
      { operation: 'INSERT' },
      { operation: 'DELETE' },
      { old_values: null },
      { new_values: null },
    ],
  },
};

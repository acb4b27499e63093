import type { z } from 'zod';
import type { signalCard, UI_METHODS } from '../../api/ui.js';
import { symbolChannel } from '../../channels.js';
import { RequestError } from '../../errors.js';
import { TICKER_FIELDS } from '../../protocol.js';
import { adminFigures } from '../../store/repositories/ui-figures.js';
import { userOf } from '../caller.js';
import { usersOf } from './account-ports.js';
import { coldReason, numberIn, reasonsOf, storedOf, valueIn, withMissing } from './analyses.js';
import type { Handlers, MethodContext } from './handler.js';
import { liveDashboard, livePortfolio, NOT_LIVE } from './live-states.js';
import { signalItem } from './signal-item.js';
import { figuresOf, layerCards, topSector } from './ui-layers.js';

type Methods = typeof UI_METHODS;

export const uiHandlers: Handlers<Methods> = {
  'ui.dashboard': async ({ view }, context) => {
    const chosen = view ?? (userOf(context).role === 'admin' ? 'professional' : 'casual');
    const dashboard = await liveDashboard(context);
    if (dashboard === null) throw new RequestError('unavailable', NOT_LIVE);
    const portfolio = chosen === 'professional' ? await livePortfolio(context) : null;
    const { missing, ...shown } = dashboard;
    return withMissing(
      { view: chosen, ...shown, portfolio, time: Date.now() },
      { ...missing, portfolio: 'the casual view leaves it out' },
    );
  },

  'ui.adminDashboard': async (_, context) => {
    const { id } = userOf(context);
    const figures = await usersOf(context).as(id, adminFigures);
    const layers = await figuresOf(context);
    return withMissing(
      {
        system: systemOf(context),
        users: {
          total: figures.users,
          active: figures.activeUsers,
          admins: figures.admins,
          new_7d: figures.newUsers,
        },
        ml_models_status: {
          active_models: figures.activeModels,
          training_models: figures.trainingModels,
          error_models: figures.errorModels,
        },
        pending_recommendations: figures.pendingRecommendations,
        active_signals: layers?.activeSignals ?? 0,
        open_feedback: figures.openFeedback,
        failed_tasks_24h: figures.failedTasks,
        layers: layerCards(context, layers),
        time: Date.now(),
      },
      { system: 'nothing is known of the parts of this server' },
    );
  },

  'ui.layerOverview': async (_, context) => ({
    items: layerCards(context, await figuresOf(context)),
    next_cursor: null,
  }),

  'ui.layerCards': async ({ limit }, context) => ({
    items: layerCards(context, await figuresOf(context)).slice(0, limit),
    next_cursor: null,
  }),

  'ui.quickStats': async (_, context) => {
    const { analysis, readiness } = context;
    const metrics = analysis?.metrics('1h') ?? null;
    const regime = analysis?.regime('1d') ?? null;
    const reasons = reasonsOf(metrics);
    const bitcoin = bitcoinOf(context);
    const figures = await figuresOf(context);
    return withMissing(
      {
        btc_price_usd: numberIn(metrics, 'btc_price_usd'),
        btc_change_24h_percent: bitcoin === null ? null : priceOf(context, bitcoin).change,
        btc_dominance: numberIn(metrics, 'btc_dominance'),
        total_market_cap: numberIn(metrics, 'total'),
        fear_greed_index: numberIn(metrics, 'fear_greed_index'),
        regime: valueIn<string>(regime, 'current_regime'),
        regime_confidence: numberIn(regime, 'regime_confidence'),
        top_sector: topSector(context),
        active_signals: figures?.activeSignals ?? null,
        time: numberIn(metrics, 'time'),
        simulated: readiness.simulated,
      },
      {
        btc_change_24h_percent:
          bitcoin === null
            ? 'no market of BTC in dollars is served'
            : '24 hours of prices without a hole are not known yet',
        btc_dominance: reasons.btc_dominance ?? 'its source has brought nothing',
        total_market_cap: reasons.total ?? 'its source has brought nothing',
        fear_greed_index: reasons.fear_greed_index ?? 'its source has brought nothing',
        top_sector: 'no change of a sector over 24 hours is known yet',
        active_signals: 'there is no database',
      },
      `it is not known yet: ${coldReason(context)}`,
    );
  },

  'ui.signalCards': async ({ limit }, context) => {
    const stored = storedOf(context);
    const { items } = await stored.signals({ status: 'active', limit });
    return { items: items.map((signal) => cardOf(signalItem(signal, stored), context)), next_cursor: null };
  },
};

function systemOf({ status }: MethodContext): z.input<Methods['ui.adminDashboard']['result']>['system'] {
  if (status === null) return null;
  const { state, score, reason, uptime_seconds, parts } = status.current();
  const unwell = parts.filter((part) => part.state !== 'ok');
  return { state, health_score: Math.round(score * 1_000) / 10, reason, uptime_seconds, unwell };
}

/** The market that Bitcoin's price in dollars is read from. */
function bitcoinOf({ market }: MethodContext): string | null {
  const dollars = ['USD', 'USDT', 'USDC'].map((quote) => `BTC/${quote}`);
  return dollars.find((symbol) => market.assetId(symbol) !== undefined) ?? null;
}

const LAST = TICKER_FIELDS.indexOf('last');
const TIME = TICKER_FIELDS.indexOf('time');
const CHANGE = TICKER_FIELDS.indexOf('change_24h_percent');

interface Price {
  readonly last: number | null;
  /** The exchange's, ms. */
  readonly time: number | null;
  /** In 24 hours, percent. */
  readonly change: number | null;
}

function priceOf({ market }: MethodContext, symbol: string): Price {
  if (market.assetId(symbol) === undefined) return { last: null, time: null, change: null };
  const { row } = market.state(symbolChannel('ticker', symbol));
  const at = (place: number): number | null => {
    const value = row?.[place];
    return typeof value === 'number' ? value : null;
  };
  return { last: at(LAST), time: at(TIME), change: at(CHANGE) };
}

type Signal = ReturnType<typeof signalItem>;

function cardOf(item: Signal, context: MethodContext): z.input<typeof signalCard> {
  const { last, time } = priceOf(context, item.symbol);
  const isServed = context.market.assetId(item.symbol) !== undefined;
  const noPrice = isServed ? 'it has no price yet' : 'it is not served here';
  return withMissing(
    {
      id: item.id,
      asset_id: item.asset_id,
      symbol: item.symbol,
      timeframe: item.timeframe,
      signal_type: item.signal_type,
      status: item.status,
      entry_price: item.entry_price,
      target_price: item.target_price,
      stop_loss: item.stop_loss,
      confidence_score: item.confidence_score,
      risk_level: item.risk_level,
      risk_reward_ratio: item.risk_reward_ratio,
      time_horizon_hours: item.time_horizon_hours,
      generated_at: item.generated_at,
      expires_at: item.expires_at,
      simulated: item.simulated,
      current_price: last,
      price_time: time,
    },
    { ...item.missing, current_price: noPrice, price_time: noPrice },
  );
}

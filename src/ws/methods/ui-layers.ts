import type { z } from 'zod';
import type { layerCard } from '../../api/ui.js';
import { type LayerFigures, layerFigures } from '../../store/repositories/ui-figures.js';
import type { AnalysisMap } from '../ports.js';
import { coldReason, numberIn, valueIn, withMissing } from './analyses.js';
import type { MethodContext } from './handler.js';

type Card = z.input<typeof layerCard>;
type Values = Pick<Card, 'status' | 'confidence' | 'key_metric'>;

/** What a layer is called where its regime says which way it goes. */
const MOODS: Readonly<Record<string, string>> = { Bull: 'bullish', Bear: 'bearish', Sideways: 'neutral' };
const NOTHING: Values = { status: null, confidence: null, key_metric: null };
const DOTS = 5;

/** Gives what the database says of lists and signals; null: there is none. */
export function figuresOf({ users }: MethodContext): Promise<LayerFigures> | null {
  return users === null ? null : users.as(null, (connection) => layerFigures(connection, users.dataSource));
}

/** Gives the four cards. @param figures null: there is no database */
export function layerCards(context: MethodContext, figures: LayerFigures | null): Card[] {
  const cold = context.analysis === null ? 'nothing is analysed on this server' : coldReason(context);
  return [
    card(1, 'Macro', macro(context.analysis?.regime('1d') ?? null), `the regime is not known yet: ${cold}`),
    card(2, 'Sectors', sectors(context), `no sector is analysed yet: ${cold}`),
    card(
      3,
      'Assets',
      assets(figures),
      'no default list has been analysed yet: that is done when an hour closes',
    ),
    card(
      4,
      'Timing',
      timing(figures),
      figures === null ? 'there is no database' : 'no signal is active, so there is no confidence of any',
    ),
  ];
}

/** The sector that has gained most in a day, among those whose change is known. */
export function topSector(
  context: MethodContext,
): { readonly id: number; readonly name: string; readonly performance_24h: number } | null {
  let top: { readonly id: number; readonly name: string; readonly performance_24h: number } | null = null;
  for (const row of context.analysis?.sectorAnalyses() ?? []) {
    const change = numberIn(row, 'performance_24h_pct');
    const id = numberIn(row, 'sector_id');
    const name = valueIn<string>(row, 'sector');
    if (change === null || id === null || name === null) continue;
    if (top === null || change > top.performance_24h) top = { id, name, performance_24h: change };
  }
  return top;
}

function card(layer: number, name: Card['name'], values: Values, reason: string): Card {
  const { confidence } = values;
  // Of a fifth each, as the documents have it: 0.87 is 4 dots, 0.72 is 3.
  const dots = confidence === null ? null : Math.min(DOTS, Math.floor(confidence * DOTS));
  return withMissing({ layer, name, ...values, indicator_dots: dots }, {}, reason);
}

function macro(regime: AnalysisMap | null): Values {
  const name = valueIn<string>(regime, 'current_regime');
  const confidence = numberIn(regime, 'regime_confidence');
  if (name === null) return NOTHING;
  const share = confidence === null ? '' : ` ${Math.round(confidence * 100)}%`;
  return { status: MOODS[name] ?? name.toLowerCase(), confidence, key_metric: `${name}${share}` };
}

function sectors(context: MethodContext): Values {
  const rotation = context.analysis?.rotation() ?? null;
  if (rotation === null) return NOTHING;
  const flows = valueIn<readonly unknown[]>(rotation, 'flows') ?? [];
  const top = topSector(context);
  const sign = top !== null && top.performance_24h >= 0 ? '+' : '';
  return {
    status: flows.length > 0 ? 'rotating' : 'stable',
    confidence: numberIn(rotation, 'ai_confidence_score'),
    key_metric: top === null ? null : `${top.name} ${sign}${top.performance_24h.toFixed(1)}%`,
  };
}

function assets(figures: LayerFigures | null): Values {
  if (figures === null || figures.listsAnalysedAt === null) return NOTHING;
  const { scoredAssets, listConfidence } = figures;
  return {
    status: scoredAssets > 0 ? 'active' : 'waiting',
    confidence: listConfidence,
    key_metric: `${scoredAssets} Active`,
  };
}

function timing(figures: LayerFigures | null): Values {
  if (figures === null) return NOTHING;
  const { activeSignals, signalConfidence } = figures;
  return {
    status: activeSignals > 0 ? 'signals_ready' : 'waiting',
    confidence: signalConfidence,
    key_metric: `${activeSignals} ${activeSignals === 1 ? 'Signal' : 'Signals'}`,
  };
}

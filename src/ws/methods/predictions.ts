import type { z } from 'zod';
import { LAYERS, type PREDICTIONS_METHODS, type predictionItem } from '../../api/predictions.js';
import { RequestError } from '../../errors.js';
import type { Connection } from '../../store/pool.js';
import {
  getPrediction,
  insertPredictions,
  listPredictions,
  openPredictions,
  type PredictionFigures,
  type PredictionRecord,
  predictionAnalytics,
} from '../../store/repositories/predictions.js';
import { DAY_MS, HOUR_MS } from '../../timeframe.js';
import { userOf } from '../caller.js';
import { ask, mapIn, marketTime, numberIn, valueIn, withMissing } from './analyses.js';
import { currentPrice } from './current-price.js';
import type { Handlers, MethodContext } from './handler.js';
import { assetIdOf } from './params.js';
import { isSimulatedSource } from './signal-item.js';
import { asCaller, given, toNumber } from './user-rows.js';

type Methods = typeof PREDICTIONS_METHODS;
type Item = z.input<typeof predictionItem>;
type Analytics = z.input<Methods['predictions.analytics']['result']>;
type Figures = Omit<Analytics['accuracy_by_layer'][string], 'missing'>;
type Regime = NonNullable<Item['macro_context']['market_regime']>;
type Layer = Item['layer_source'];

/** Of one user, at most, that wait for their time. */
const MAX_OPEN = 200;

export const predictionHandlers: Handlers<Methods> = {
  'predictions.list': ({ layer, symbol, horizon, limit, cursor }, context) =>
    asAnybody(context, async (connection, dataSource) => {
      if (symbol !== undefined) assetIdOf(context.market, symbol);
      const wanted = { layer: layer === undefined ? undefined : layerNumber(layer), symbol, horizon, cursor };
      const page = await listPredictions(connection, { dataSource, limit, ...given(wanted) });
      return { items: page.items.map(itemOf), next_cursor: page.nextCursor };
    }),

  'predictions.get': ({ id }, context) =>
    asAnybody(context, async (connection, dataSource) => itemOf(await find(connection, dataSource, id))),

  'predictions.create': (params, context) => {
    const assetId = assetIdOf(context.market, params.symbol);
    const { predicted_price: price, direction, horizon, layer } = params;
    if ((price === undefined) === (direction === undefined)) {
      const field = price === undefined ? 'predicted_price' : 'direction';
      throw new RequestError('invalid_params', `${field}: give either predicted_price or direction`, field);
    }
    return asCaller(context, async (connection, user) => {
      if ((await openPredictions(connection, user.id)) >= MAX_OPEN) {
        throw new RequestError(
          'conflict',
          `${MAX_OPEN} of your predictions wait for their time, the most allowed`,
        );
      }
      const [made] = await insertPredictions(connection, [
        {
          assetId,
          userId: user.id,
          layerSource: layerNumber(layer),
          predictionType: price === undefined ? 'trend' : 'price',
          predictedPrice: price ?? null,
          predictedValue: direction === undefined ? null : { direction },
          confidenceScore: params.confidence,
          predictionHorizon: horizon,
          targetDatetime: marketTime(context) + horizon * HOUR_MS,
          inputPrice: currentPrice(context.market, params.symbol),
          contextData: { macro_context: macroContext(context) },
          accuracyThreshold: params.accuracy_threshold,
          notes: params.notes ?? null,
        },
      ]);
      if (made === undefined) throw new Error('a prediction was not written');
      const found = await getPrediction(connection, made.id);
      if (found === null) throw new Error(`prediction ${made.id} is not there`);
      return itemOf(found);
    });
  },

  'predictions.update': ({ id }, context) =>
    asCaller(context, async (connection) => {
      const dataSource = context.users?.dataSource ?? '';
      await find(connection, dataSource, id);
      throw new RequestError(
        'conflict',
        'what was said of a time stays as it was said; make another prediction',
      );
    }),

  'predictions.accuracy': ({ id }, context) =>
    asAnybody(context, async (connection, dataSource) => accuracyOf(await find(connection, dataSource, id))),

  'predictions.analytics': ({ days, layer, own }, context) => {
    const userId = own ? userOf(context).id : undefined;
    return asAnybody(context, async (connection, dataSource) => {
      const found = await predictionAnalytics(connection, {
        dataSource,
        // Rows are dated by our clock.
        from: Date.now() - days * DAY_MS,
        ...given({ layer: layer === undefined ? undefined : layerNumber(layer), userId }),
      });
      const total = figures(found.total);
      return {
        days,
        ...withMissing({ overall_accuracy: total.accuracy, ...total }, NO_FIGURES),
        accuracy_by_layer: byName(found.byLayer, (row) => layerName(row.layer)),
        accuracy_by_horizon: byName(found.byHorizon, ({ horizon }) => String(horizon)),
        // A user's forecasts are no model's.
        best_performing_models: own
          ? []
          : found.byModel.filter(isJudged).toSorted(bestFirst).map(modelFigures),
        simulated: isSimulatedSource({ dataSource }),
      };
    });
  },
};

/** Reads what everybody may see, and what is the caller's own. @throws RequestError `unavailable` without a database */
function asAnybody<T>(
  { users, caller }: MethodContext,
  work: (connection: Connection, dataSource: string) => Promise<T>,
): Promise<T> {
  if (users === null) {
    throw new RequestError('unavailable', 'predictions are in the database, and this server has none');
  }
  return ask(users.as(caller.user?.id ?? null, (connection) => work(connection, users.dataSource)));
}

/** @throws RequestError `not_found` */
async function find(connection: Connection, dataSource: string, id: number): Promise<PredictionRecord> {
  const found = await getPrediction(connection, id);
  if (found !== null && found.dataSource === dataSource) return found;
  throw new RequestError('not_found', `there is no prediction ${id}`, 'id');
}

function layerNumber(layer: Layer): number {
  return LAYERS.indexOf(layer) + 1;
}

function layerName(layer: number): Layer {
  const name = LAYERS[layer - 1];
  if (name === undefined) throw new RangeError(`there is no layer ${layer}`);
  return name;
}

/** Says how the market stands, for later readers. */
function macroContext({ analysis }: MethodContext): Readonly<Record<string, unknown>> {
  const index = numberIn(analysis?.metrics('1h') ?? null, 'fear_greed_index');
  return {
    market_regime: analysis?.regime('1d')?.current_regime ?? null,
    sentiment: index === null ? null : index / 100,
  };
}

function itemOf(row: PredictionRecord): Item {
  const context = mapIn(row.contextData, 'macro_context');
  const isOwn = row.userId !== null;
  return withMissing(
    {
      id: row.id,
      asset_id: row.assetId,
      symbol: row.symbol,
      is_own: isOwn,
      layer_source: layerName(row.layerSource),
      model_name: row.modelName,
      model_version: row.modelVersion,
      prediction_type: row.predictionType,
      predicted_price: toNumber(row.predictedPrice),
      predicted_value: row.predictedValue === null ? null : { ...row.predictedValue },
      confidence_score: row.confidenceScore,
      prediction_horizon: row.predictionHorizon,
      target_datetime: row.targetDatetime,
      input_price: Number(row.inputPrice),
      macro_context: withMissing(
        {
          market_regime: valueIn<Regime>(context, 'market_regime'),
          sentiment: numberIn(context, 'sentiment'),
        },
        {},
        'it was not known then',
      ),
      notes: row.notes,
      is_realized: row.isRealized,
      is_accurate: row.isAccurate,
      created_at: row.createdAt,
      simulated: isSimulatedSource(row),
    },
    {
      ...NOT_SAID,
      model_name: 'it is your own forecast',
      model_version: 'it is your own forecast',
      notes: 'nobody has written any',
      is_accurate: waiting(row),
    },
  );
}

const NOT_SAID = { predicted_price: 'no price was predicted', predicted_value: 'only a price was predicted' };

function waiting({ isRealized }: PredictionRecord): string {
  if (isRealized) return 'it cannot be said of what was predicted';
  return 'its time has not come, or what was so then is not stored yet';
}

function accuracyOf(row: PredictionRecord): z.input<Methods['predictions.accuracy']['result']> {
  const actualRegime = valueIn<Regime>(row.contextData, 'actual_regime');
  const chances = mapIn(row.predictedValue, 'probabilities');
  const why = row.isRealized ? 'no price was predicted' : waiting(row);
  const noRegime = row.predictionType === 'event' ? waiting(row) : 'no regime was predicted';
  return withMissing(
    {
      id: row.id,
      prediction_type: row.predictionType,
      target_datetime: row.targetDatetime,
      is_realized: row.isRealized,
      evaluated_at: row.evaluatedAt,
      predicted_price: toNumber(row.predictedPrice),
      predicted_value: row.predictedValue === null ? null : { ...row.predictedValue },
      input_price: Number(row.inputPrice),
      actual_price: toNumber(row.actualPrice),
      actual_regime: actualRegime,
      absolute_error: row.absoluteError,
      squared_error: row.squaredError,
      accuracy_percentage: row.accuracyPercentage,
      accuracy_threshold: row.accuracyThreshold,
      is_accurate: row.isAccurate,
      brier_score: brierScore(chances, actualRegime),
    },
    { ...NOT_SAID, actual_regime: noRegime, brier_score: noRegime, is_accurate: waiting(row) },
    why,
  );
}

/** Sum of the squared errors of all chances (Brier 1950); null: there are none, or it is not known what came. */
function brierScore(chances: Readonly<Record<string, unknown>>, came: string | null): number | null {
  const values = Object.entries(chances);
  if (came === null || values.length === 0) return null;
  return values.reduce((sum, [regime, chance]) => sum + (Number(chance) - (regime === came ? 1 : 0)) ** 2, 0);
}

const NO_PREDICTION = 'there is no such prediction';
const NOT_JUDGED = 'none of them was judged';
const NO_FIGURES = {
  overall_accuracy: NOT_JUDGED,
  accuracy: NOT_JUDGED,
  mean_accuracy_percentage: 'none of a price was judged',
  mean_confidence: NO_PREDICTION,
};

function figures(of: PredictionFigures): Figures {
  return {
    predictions: of.predictions,
    realized: of.realized,
    judged: of.judged,
    accurate: of.accurate,
    accuracy: of.accurateRate,
    mean_accuracy_percentage: of.meanAccuracy,
    mean_confidence: of.meanConfidence,
  };
}

function byName<R extends PredictionFigures>(
  rows: readonly R[],
  nameOf: (row: R) => string,
): Analytics['accuracy_by_layer'] {
  return Object.fromEntries(rows.map((row) => [nameOf(row), withMissing(figures(row), NO_FIGURES)]));
}

function isJudged({ judged }: PredictionFigures): boolean {
  return judged > 0;
}

/** Of equal shares that of more judged ones. */
function bestFirst(a: PredictionFigures, b: PredictionFigures): number {
  return (b.accurateRate ?? 0) - (a.accurateRate ?? 0) || b.judged - a.judged;
}

function modelFigures(
  row: PredictionFigures & { readonly model: string },
): Analytics['best_performing_models'][number] {
  return { model: row.model, ...withMissing(figures(row), NO_FIGURES) };
}

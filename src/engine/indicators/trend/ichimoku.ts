import { type IndicatorKind, type Parameters, parameter, slot } from '../indicator.js';
import { type KernelCandle, kernel } from '../kernel.js';

type LeadK = Readonly<Record<'conversion' | 'basis' | 'output', number>>;

function peekLead(slab: Float64Array, base: number, _candle: KernelCandle, k: LeadK): void {
  slab[base + k.output] = ((slab[base + k.conversion] as number) + (slab[base + k.basis] as number)) / 2;
}

/** `staged`: the lead that the next candle's cloud shows; earlier leads lie in a ring of the past. */
type CloudK = Readonly<
  Record<'leadFirst' | 'displacement' | 'lead' | 'staged' | 'ring' | 'mask' | 'output', number>
>;

function peekCloud(slab: Float64Array, base: number, _candle: KernelCandle, k: CloudK): void {
  slab[base + k.output] = slab[base + k.staged] as number;
}

function advanceCloud(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: CloudK,
): void {
  if (candle.count >= k.leadFirst) {
    past[from + k.ring + (candle.count & k.mask)] = slab[base + k.lead] as number;
    slab[base + k.staged] = past[from + k.ring + ((candle.count + 1 - k.displacement) & k.mask)] as number;
  }
}

const COLUMNS = ['tenkan', 'kijun', 'senkou_a', 'senkou_b', 'lead_a', 'lead_b'];
const PARAMETERS = ['tenkan', 'kijun', 'senkou', 'displacement'];

function suffix(parameters: Parameters): string {
  const values = PARAMETERS.map((name) => parameter(parameters, name)).join('_');
  return values === '9_26_52_26' ? '' : `_${values}`;
}

/**
 * Ichimoku kinko hyo (G. Hosoda, 1968), in quote currency. A middle of n is (highest high + lowest low) / 2 of the last
 * n candles, this one included:
 * - tenkan (conversion line): the middle of 9, first at candle 8; kijun (base line): of 26, first at candle 25;
 * - lead_a and lead_b, the leading spans as computed at this candle: (tenkan + kijun) / 2, first at candle 25, and the
 *   middle of 52, first at candle 51; a chart draws them `displacement` candles ahead;
 * - senkou_a and senkou_b, the cloud at this candle: the leads of `displacement` candles ago, first at candles 51 and
 *   77. They do not move while the candle forms.
 *
 * Chikou, the lagging span, is the close itself, drawn `displacement` candles back: it is left out. TradingView's
 * setting counts the candle itself, so that its 26 displaces by 25 candles: `displacement: 25` here.
 *
 * Configuration `{name: 'ichimoku'}` (9, 26, 52, 26) → `ichimoku_tenkan`, `ichimoku_kijun`, `ichimoku_senkou_a`,
 * `ichimoku_senkou_b`, `ichimoku_lead_a`, `ichimoku_lead_b`; others add `_7_22_44_22`.
 */
export const ichimokuKind: IndicatorKind = {
  name: 'ichimoku',
  summary: 'Ichimoku lines and cloud, in quote currency',
  parameters: [
    { name: 'tenkan', default: 9, min: 2, max: 10_000, integer: true },
    { name: 'kijun', default: 26, min: 2, max: 10_000, integer: true },
    { name: 'senkou', default: 52, min: 2, max: 10_000, integer: true },
    { name: 'displacement', default: 26, min: 1, max: 10_000, integer: true },
  ],
  requires: (parameters) =>
    ['tenkan', 'kijun', 'senkou'].map((name) => ({ name: 'donchian', period: parameter(parameters, name) })),
  columns: (parameters) => COLUMNS.map((name) => `ichimoku_${name}${suffix(parameters)}`),
  create(parameters, layout, required) {
    const displacement = parameter(parameters, 'displacement');
    const [conversion, basis, leadB] = [0, 1, 2].map((index) => slot(required, index, 'middle')) as [
      number,
      number,
      number,
    ];
    const leadA = layout.output();
    const leadAFirst = Math.max(parameter(parameters, 'tenkan'), parameter(parameters, 'kijun')) - 1;
    let capacity = 1;
    while (capacity < displacement) capacity *= 2;
    const cloud = (lead: number, leadFirst: number) => {
      const constants = {
        leadFirst,
        displacement,
        lead,
        staged: layout.state(),
        ring: layout.past(capacity),
        mask: capacity - 1,
        output: layout.output(),
      };
      const first = leadFirst + displacement;
      return { made: kernel({ first, constants, peek: peekCloud, advance: advanceCloud }), ...constants };
    };
    const senkouA = cloud(leadA, leadAFirst);
    const senkouB = cloud(leadB, parameter(parameters, 'senkou') - 1);
    const lead = { conversion, basis, output: leadA };
    return {
      kernels: [kernel({ first: leadAFirst, constants: lead, peek: peekLead }), senkouA.made, senkouB.made],
      outputs: [conversion, basis, senkouA.output, senkouB.output, leadA, leadB],
    };
  },
};

import fc from 'fast-check';
import t from 'tap';
import type { ClosedCandle } from '../../../../src/engine/analysis/candle-ring.js';
import { SectorModel } from '../../../../src/engine/analysis/sectors/sector-model.js';
import type { SectorClose } from '../../../../src/engine/analysis/sectors/sector-rows.js';
import { assetOf, MarketPlayer, sectorOf } from './market-player.js';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 1);
const HOURS = 24 * 12;

/** What the CHECKs of the database ask for. */
const UNIT = [
  'rotationInflowScore',
  'rotationOutflowScore',
  'relativeStrengthScore',
  'liquidityScore',
  'volatilityScore',
  'aiConfidenceScore',
  'signalAgreementScore',
];

function faultsOf(close: SectorClose): readonly string[] {
  const faults: string[] = [];
  const within = (name: string, value: unknown, low: number, high: number): void => {
    if (value === null) return;
    const ok = typeof value === 'number' && value >= low && value <= high;
    if (!ok) faults.push(`${name}: ${value}`);
  };
  for (const { sectors, cross, flows } of close.frames) {
    for (const row of sectors) {
      const values = row as unknown as Readonly<Record<string, unknown>>;
      for (const name of UNIT) within(name, values[name], 0, 1);
      for (const name of ['sectorMarketCap', 'sectorVolume24h']) within(name, values[name], 0, 1e28);
      within('dominance', row.sectorDominancePct, 0, 100);
      for (const name of ['performance24hPct', 'performance7dPct', 'performance30dPct']) {
        within(name, values[name], -100, Number.MAX_VALUE);
      }
      within('btc', row.correlationWithBtc, -1, 1);
      within('eth', row.correlationWithEth, -1, 1);
      within('duration', row.outlookDurationEstimate, 0, 1e6);
    }
    for (const flow of flows) within('flow', flow.score, 0, 1);
    for (const value of Object.values(cross.correlationMatrix ?? {}).flatMap(Object.values)) {
      within('matrix', value, -1, 1);
    }
    for (const { risk, reward } of cross.riskRewardMap ?? []) {
      within('risk', risk, 0, 1);
      within('reward', reward, 0, 1);
    }
    within('confidence', cross.aiConfidenceScore, 0, 1);
    within('agreement', cross.signalAgreementScore, 0, 1);
  }
  for (const row of close.history) {
    within('history volume', row.volume24h, 0, 1e28);
    const { open, high, low, close: last } = row.technicalIndicators.index as Record<string, number>;
    within('open', open, low ?? 1, high ?? 0);
    within('close', last, low ?? 1, high ?? 0);
  }
  const text = JSON.stringify(close, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? 'not finite' : value,
  );
  if (text.includes('not finite')) faults.push('a number is not finite');
  return faults;
}

t.test('whatever the candles are, every number stays in its range', async (t) => {
  const kind = fc.constantFrom('calm', 'flat', 'jumps', 'silent', 'gaps');
  const market = fc.record({
    kinds: fc.array(kind, { minLength: 4, maxLength: 4 }),
    price: fc.constantFrom(1e-9, 1, 1e9),
    seed: fc.integer({ min: 1, max: 1e6 }),
  });
  fc.assert(
    fc.property(market, ({ kinds, price, seed }) => {
      const assets = ['BTC', 'ETH', 'SOL', 'USDC'].map((base, i) =>
        assetOf(i, base, [1, 2, 2, 3][i] ?? null),
      );
      const player = new MarketPlayer(
        '1h',
        assets,
        [1, 2, 3, 4].map((id) => sectorOf(id, `S${id}`)),
      );
      let state = seed;
      const random = (): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      const record = new Map(
        kinds.map((one, asset) => {
          const rows: ClosedCandle[] = [];
          let close: number = price;
          for (let i = 0; i < HOURS; i++) {
            const open = close;
            if (one === 'calm') close *= 1 + (random() - 0.5) / 50;
            if (one === 'jumps') close = Math.min(Math.max(close * 10 ** (6 * random() - 3), 1e-9), 1e9);
            const volume = one === 'silent' ? 0 : random() * 1e6;
            if (one === 'gaps' && random() < 0.5) continue;
            const [low, high] = [Math.min(open, close), Math.max(open, close)];
            rows.push({ time: START + i * HOUR, open, high, low, close, volume });
          }
          return [asset, rows] as const;
        }),
      );
      const model = new SectorModel();
      const faults: string[] = [];
      player.play(record, START + HOURS * HOUR, (frame) => {
        const close = model.closed(frame, null);
        if (close !== null && frame.time % (8 * HOUR) === 0) faults.push(...faultsOf(close));
      });
      if (faults.length > 0) throw new Error(faults.slice(0, 5).join('; '));
    }),
    { numRuns: 12 },
  );
  t.pass();
});

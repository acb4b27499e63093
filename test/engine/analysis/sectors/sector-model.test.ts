import t, { type Test } from 'tap';
import { SectorModel } from '../../../../src/engine/analysis/sectors/sector-model.js';
import type { SectorAnalysis, SectorClose } from '../../../../src/engine/analysis/sectors/sector-rows.js';
import type { SectorFigures } from '../../../../src/store/repositories/sectors.js';
import {
  CROSS_SECTOR_ANALYSES,
  type NewCrossSectorAnalysis,
  type NewSectorAnalysis,
  type NewSectorCandle,
  SECTOR_ANALYSES,
  SECTOR_HISTORY,
} from '../../../../src/store/sector-records.js';
import { timeframeIndex } from '../../../../src/timeframe.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import type { Record1 } from './market-player.js';
import {
  plainCorrelation,
  plainDeviation,
  plainIndex,
  plainReturns,
  type Rows,
  traded,
} from './plain-sectors.js';
import { DAY, recordedHours, recordedPlayer, SECTOR_OF, START } from './recorded-market.js';

const HOUR = 3_600_000;
const DAYS = 125;
const END = START + DAYS * DAY;
const HOURLY = timeframeIndex('1h');
const DAILY = timeframeIndex('1d');

/** Moments of which all is kept. */
const KEPT = [START + 2 * HOUR, END, END - 5 * HOUR, END - 40 * DAY];

/** What each close of hours, four hours and days has said, by its time and timeframe. */
function played(record: Record1, levels: Map<string, number>): Map<string, SectorClose | null> {
  const player = recordedPlayer();
  const model = new SectorModel();
  const said = new Map<string, SectorClose | null>();
  player.play(record, END, (frame) => {
    const close = model.closed(frame, null);
    for (const { sectorId, technicalIndicators } of close?.history ?? []) {
      levels.set(`${frame.time} ${sectorId}`, (technicalIndicators.index as { close: number }).close);
    }
    if (KEPT.includes(frame.time)) {
      said.set(`${frame.time} ${frame.timeframe}`, close);
    }
  });
  return said;
}

function close(t: Test, found: number | null | undefined, wanted: number, message: string): void {
  const apart = Math.abs((found ?? Number.NaN) - wanted);
  t.ok(apart <= 1e-9 * Math.max(1, Math.abs(wanted)), `${message}: ${found} is ${wanted}`);
}

function sector(said: SectorClose | null | undefined, period: string, id: number): SectorAnalysis {
  const frame = said?.frames.find((one) => one.period === period);
  const found = frame?.sectors.find((one) => one.sectorId === id);
  if (found === undefined) throw new Error(`sector ${id} of ${period} is not there`);
  return found;
}

t.test('on recorded hours', { ...skipWithoutRecord() }, async (t) => {
  const record = recordedHours(DAYS);
  const levels = new Map<string, number>();
  const said = played(record, levels);
  const rows: Rows = [...record.values()];
  const members = (id: number): Rows => rows.filter((_, i) => id === 0 || SECTOR_OF[i] === id);
  const indices = new Map([0, 1, 2, 3].map((id) => [id, plainIndex(members(id))]));
  const values = (id: number): Map<number, number> => indices.get(id) ?? new Map();
  const level = (id: number, time: number): number => values(id).get(time) ?? Number.NaN;
  const btc = new Map(rows[0]?.map((row) => [row.time + HOUR, row.close]));
  const eth = new Map(rows[1]?.map((row) => [row.time + HOUR, row.close]));

  t.test('an index of volume weights equals the plain chain at every hour', async (t) => {
    for (let time = START + 2 * HOUR; time <= END; time += 7 * HOUR) {
      for (const id of [1, 2, 3]) {
        const found = levels.get(`${time} ${id}`) ?? 0;
        const wanted = level(id, time);
        if (Math.abs(found - wanted) > 1e-9 * wanted) t.equal(found, wanted, `${id} at ${time}`);
      }
    }
    t.equal(said.get(`${END} ${HOURLY}`)?.history.length, 3);
  });

  t.test(
    'performance, volatility, correlation, strength, volume and dominance equal plain ones',
    async (t) => {
      for (const time of [END, END - 40 * DAY]) {
        for (const id of [1, 2, 3]) {
          const row = sector(said.get(`${time} ${DAILY}`), '7d', id);
          const rise = (span: number): number => (level(id, time) / level(id, time - span) - 1) * 100;
          close(t, row.performance24hPct, rise(DAY), '24 h');
          close(t, row.performance7dPct, rise(7 * DAY), '7 d');
          close(t, row.performance30dPct, rise(30 * DAY), '30 d');
          const own = plainReturns(values(id), time, DAY, 30);
          const market = plainReturns(values(0), time, DAY, 30);
          close(
            t,
            row.correlationWithBtc,
            plainCorrelation(own, plainReturns(btc, time, DAY, 30)),
            'with BTC',
          );
          close(
            t,
            row.correlationWithEth,
            plainCorrelation(own, plainReturns(eth, time, DAY, 30)),
            'with ETH',
          );
          const annual = plainDeviation(own) * Math.sqrt(365);
          close(t, row.volatilityScore, annual / (annual + 0.8), 'volatility');
          const tracking = Math.sqrt(own.reduce((sum, x, i) => sum + (x - (market[i] ?? 0)) ** 2, 0) / 30);
          const excess =
            Math.log(level(id, time) / level(id, time - 7 * DAY)) -
            Math.log(level(0, time) / level(0, time - 7 * DAY));
          const strength = 1 / (1 + Math.exp((-1.702 * excess) / (tracking * Math.sqrt(7))));
          close(t, row.relativeStrengthScore, strength, 'strength');
          const volume = (from: number, to: number, which = members(id)): number =>
            which.reduce((sum, one) => sum + traded(one, from, to), 0);
          close(t, row.sectorVolume24h, volume(time - DAY, time), 'volume');
          close(
            t,
            row.sectorDominancePct,
            (volume(time - DAY, time) / volume(time - DAY, time, rows)) * 100,
            'share',
          );
          const mean = volume(time - 31 * DAY, time - DAY) / 30;
          close(
            t,
            row.liquidityScore,
            volume(time - DAY, time) / (volume(time - DAY, time) + mean),
            'liquidity',
          );
        }
      }
      const hour = sector(said.get(`${END - 5 * HOUR} ${HOURLY}`), '1h', 2);
      const own = plainReturns(values(2), END - 5 * HOUR, HOUR, 168);
      const other = plainReturns(btc, END - 5 * HOUR, HOUR, 168);
      close(t, hour.correlationWithBtc, plainCorrelation(own, other), 'by the hour');
      const annual = plainDeviation(own) * Math.sqrt(24 * 365);
      close(t, hour.volatilityScore, annual / (annual + 0.8), 'volatility by the hour');
    },
  );

  t.test('rotation flows equal plain ones, and net flows are antisymmetric', async (t) => {
    const window = DAY;
    const volume = (id: number, from: number, to: number): number =>
      members(id).reduce((sum, one) => sum + traded(one, from, to), 0);
    const pressure = (id: number): number => {
      const share = (from: number, to: number): number => volume(id, from, to) / volume(0, from, to);
      const q = share(END - window, END) / share(END - 4 * window, END - window);
      const own = plainReturns(values(id), END, DAY, 30);
      const market = plainReturns(values(0), END, DAY, 30);
      const tracking = Math.sqrt(own.reduce((sum, x, i) => sum + (x - (market[i] ?? 0)) ** 2, 0) / 30);
      const z = ((own[0] ?? 0) - (market[0] ?? 0)) / tracking;
      return (2 / (1 + Math.exp(-1.702 * z)) - 1) * ((q * q) / (1 + q * q));
    };
    const frame = said.get(`${END} ${DAILY}`)?.frames.find(({ period }) => period === '1d');
    t.equal(frame?.flows.length, 6, 'every ordered pair of the three that have coins');
    for (const { fromSectorId, toSectorId, score } of frame?.flows ?? []) {
      close(
        t,
        score,
        Math.max(0, (pressure(toSectorId) - pressure(fromSectorId)) / 2),
        `${fromSectorId}→${toSectorId}`,
      );
      const back = frame?.flows.find(
        (one) => one.fromSectorId === toSectorId && one.toSectorId === fromSectorId,
      );
      t.equal(Math.min(score, back?.score ?? 1), 0, 'one of the two ways is none');
    }
    const inflow = (frame?.flows ?? []).filter(({ toSectorId }) => toSectorId === 2);
    close(
      t,
      sector(said.get(`${END} ${DAILY}`), '1d', 2).rotationInflowScore,
      inflow.reduce((sum, { score }) => sum + score, 0) / 2,
      'inflow is the mean of flows',
    );
  });

  t.test('ranking and matrix follow from the rows', async (t) => {
    const frame = said.get(`${END} ${DAILY}`)?.frames.find(({ period }) => period === '30d');
    const byReturn = [1, 2, 3].toSorted(
      (a, b) => level(b, END) / level(b, END - 30 * DAY) - level(a, END) / level(a, END - 30 * DAY),
    );
    t.same(
      frame?.cross.sectorPerformanceRanking?.map(({ sector_id }) => sector_id),
      byReturn,
    );
    t.same(
      frame?.cross.sectorPerformanceRanking?.map(({ rank }) => rank),
      [1, 2, 3],
    );
    const wanted = plainCorrelation(
      plainReturns(values(1), END, DAY, 30),
      plainReturns(values(3), END, DAY, 30),
    );
    close(t, frame?.cross.correlationMatrix?.Gold?.Exchanges, wanted, 'of a pair');
    t.equal(frame?.cross.correlationMatrix?.Exchanges?.Gold, frame?.cross.correlationMatrix?.Gold?.Exchanges);
    const shares = Object.values(frame?.cross.dominanceDistribution ?? {});
    close(
      t,
      shares.reduce((a, b) => a + b, 0),
      100,
      'shares of volume add up',
    );
  });

  t.test('each column is filled or says why not', async (t) => {
    const last = said.get(`${END} ${DAILY}`);
    t.same(
      last?.frames.map(({ period }) => period),
      ['1d', '7d', '30d'],
    );
    const ids = ['metrics_snapshot_id', 'ai_model_id'];
    const faults: string[] = [];
    const walk = (names: readonly string[], row: object, missing: unknown, skip: readonly string[]): void => {
      const values = row as Readonly<Record<string, unknown>>;
      for (const name of names.filter((one) => !skip.includes(one))) {
        const value = values[name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())];
        const reason = (missing as Readonly<Record<string, string>>)[name];
        if (value === undefined) faults.push(`${name} is not there`);
        if ((value === null) !== (typeof reason === 'string')) faults.push(`${name}: ${value}, ${reason}`);
      }
    };
    for (const { sectors, cross } of last?.frames ?? []) {
      t.equal(sectors.length, 4);
      for (const row of sectors) walk(SECTOR_ANALYSES.columnNames, row, row.analysisData.missing, ids);
      walk(CROSS_SECTOR_ANALYSES.columnNames, cross, cross.analysisData.missing, ids);
      for (const row of sectors.slice(0, 3)) {
        const missing = Object.keys(row.analysisData.missing as object);
        t.same(
          missing.filter((name) => !/cap|institutional|tvl|active|duration|narrative/.test(name)),
          [],
          'with history, only what has no source is missing',
        );
      }
    }
    for (const row of last?.history ?? []) {
      walk(SECTOR_HISTORY.columnNames, row, row.technicalIndicators.missing, ['data_source']);
    }
    const first = [...said.values()][0];
    for (const row of first?.frames[0]?.sectors ?? []) {
      walk(SECTOR_ANALYSES.columnNames, row, row.analysisData.missing, ids);
    }
    t.same(faults, []);
  });

  t.test('rows are those that the store takes', async (t) => {
    const last = said.get(`${END} ${DAILY}`);
    type Loose<Row> = Omit<Row, 'metricsSnapshotId' | 'aiModelId'>;
    const sectors: readonly Loose<NewSectorAnalysis>[] = last?.frames[0]?.sectors ?? [];
    const cross: Loose<NewCrossSectorAnalysis> | undefined = last?.frames[0]?.cross;
    const history: readonly Omit<NewSectorCandle, 'dataSource'>[] = last?.history ?? [];
    const figures: readonly SectorFigures[] = last?.figures ?? [];
    t.same([sectors.length, cross?.timeframe, history.length, figures.length], [4, '1d', 3, 4]);
  });
});

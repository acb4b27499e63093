import t from 'tap';
import { SectorModel } from '../../../../src/engine/analysis/sectors/sector-model.js';
import type { SectorClose } from '../../../../src/engine/analysis/sectors/sector-rows.js';
import { skipWithoutRecord } from '../../../support/recorded.js';
import { DAY, recordedHours, recordedPlayer, START } from './recorded-market.js';

const HOUR = 3_600_000;
/** Less than the hours that are kept, so that all of them are gone through again. */
const DAYS = 31;

t.test('a model rebuilt from history', { ...skipWithoutRecord() }, async (t) => {
  const record = recordedHours(DAYS + 2);
  const stopped = START + DAYS * DAY + 5 * HOUR;
  const player = recordedPlayer();
  const model = new SectorModel();
  const tail: (SectorClose | null)[] = [];
  let value = 0;
  const restarted = new SectorModel();
  const found: (SectorClose | null)[] = [];
  player.play(record, START + (DAYS + 2) * DAY, (frame) => {
    const close = model.closed(frame, null);
    if (frame.time > stopped) {
      tail.push(close);
      found.push(restarted.closed(frame, null));
    }
    const row = close?.history.find(({ sectorId }) => sectorId === 2);
    if (frame.time !== stopped || row === undefined) return;
    value = (row.technicalIndicators.index as { close: number }).close;
    const { market, series, external } = frame;
    for (const _ of restarted.seed({ market, series, external, until: stopped }, [
      { sectorId: 2, time: stopped, value },
    ]));
  });

  t.test('says of returns, strength and flows what one that never stopped says', async (t) => {
    let worst = 0;
    for (const [i, close] of tail.entries()) {
      for (const [j, row] of (close?.frames[0]?.sectors ?? []).entries()) {
        const other = found[i]?.frames[0]?.sectors[j];
        for (const name of ['performance24hPct', 'performance7dPct', 'relativeStrengthScore'] as const) {
          if (row[name] === null) t.equal(other?.[name], null, name);
          else
            worst = Math.max(worst, Math.abs((row[name] ?? 0) - (other?.[name] ?? Number.POSITIVE_INFINITY)));
        }
      }
    }
    t.ok(worst < 1e-9, `the largest difference is ${worst}`);
    t.ok(tail.length > 40);
  });

  t.test('goes through the value that was told before', async (t) => {
    const next = (closes: readonly (SectorClose | null)[]): number => {
      const row = closes[0]?.history.find(({ sectorId }) => sectorId === 2);
      return (row?.technicalIndicators.index as { close: number } | undefined)?.close ?? 0;
    };
    t.ok(value > 0);
    t.ok(Math.abs(next(found) / next(tail) - 1) < 1e-9);
  });

  t.test('reads nothing that ended later than it is told', async (t) => {
    const { book, market, external } = player;
    const early = new SectorModel();
    const whole = new SectorModel();
    const short = recordedPlayer();
    const until = START + 20 * DAY;
    short.play(record, until, () => undefined);
    for (const _ of early.seed({ market, series: book, external, until }));
    for (const _ of whole.seed({ market: short.market, series: short.book, external, until }));
    const frame = { ...short.frame(3, until + HOUR), isForming: true };
    t.equal(JSON.stringify(early.live(frame, null)), JSON.stringify(whole.live(frame, null)));
    t.ok(early.live(frame, null)?.sectors[1]?.performance7dPct);
  });
});

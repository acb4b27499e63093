import { type DailyClose, EXTERNAL_FIGURES, type ExternalSeriesName } from '../../external-events.js';
import { DAY_MS } from '../../timeframe.js';
import { readDailyCsv } from './daily-csv.js';
import { BadAnswer, Refused } from './source.js';
import type { WebClient } from './web-client.js';

export const STOOQ_URL = 'https://stooq.com';
export const FRED_URL = 'https://fred.stlouisfed.org';

/** How far back closes are asked for, days: correlations read some months. */
const DAYS_BACK = 400;

/** One who gives daily closes. */
export interface MacroProvider {
  /** What it calls a series; null: it has none, or only one that is another. */
  codeOf(name: ExternalSeriesName): string | null;
  /**
   * Gives the closes of days that are over at `now`, ms, oldest first.
   *
   * @throws BadAnswer, Refused or Error if there are none
   */
  closes(name: ExternalSeriesName, code: string, now: number): Promise<readonly DailyClose[]>;
}

/** ISO date of a time, `2025-01-31`. */
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** `dx.f` is the future of the index, which follows it closely. */
const STOOQ_CODES: Readonly<Record<ExternalSeriesName, string>> = {
  sp500: '^spx',
  gold: 'xauusd',
  dxy: 'dx.f',
  vix: '^vix',
  us_10y: '10yusy.b',
};

/**
 * `GET /q/d/l/?s=^spx&i=d&d1=20240101&d2=20250131`: `Date,Open,High,Low,Close,Volume`, `No data` for an unknown symbol,
 * `Exceeded the daily hits limit` when it has had enough; all with status 200.
 */
export function stooq(client: WebClient): MacroProvider {
  return {
    codeOf: (name) => STOOQ_CODES[name],
    async closes(name, code, now) {
      const compact = (time: number): string => dateOf(time).replaceAll('-', '');
      const range = `d1=${compact(now - DAYS_BACK * DAY_MS)}&d2=${compact(now)}`;
      const text = await client.text(`/q/d/l/?s=${encodeURIComponent(code)}&i=d&${range}`);
      if (/^exceeded/i.test(text)) throw new Refused('says that its daily limit is exceeded', null);
      if (/^no data/i.test(text)) throw new BadAnswer(`has no ${code}`);
      const { min, max } = EXTERNAL_FIGURES[name];
      return readDailyCsv(text, { date: ['Date'], close: 'Close', none: [], min, max }, now);
    },
  };
}

/** FRED's dollar index is a broad, trade-weighted one: it has another level than the DXY. */
const FRED_CODES: Readonly<Record<ExternalSeriesName, string | null>> = {
  sp500: 'SP500',
  gold: null,
  dxy: 'DTWEXBGS',
  vix: 'VIXCLS',
  us_10y: 'DGS10',
};

/**
 * `GET /graph/fredgraph.csv?id=DGS10&cosd=2024-01-01`: `observation_date,DGS10` (once `DATE,DGS10`), a point or nothing
 * for a holiday. A day's value comes on the next one.
 * @see https://fred.stlouisfed.org/docs/api/fred/
 */
export function fred(client: WebClient): MacroProvider {
  return {
    codeOf: (name) => FRED_CODES[name],
    async closes(name, code, now) {
      const text = await client.text(
        `/graph/fredgraph.csv?id=${code}&cosd=${dateOf(now - DAYS_BACK * DAY_MS)}`,
      );
      const { min, max } = EXTERNAL_FIGURES[name];
      const date = ['observation_date', 'DATE'];
      return readDailyCsv(text, { date, close: code, none: ['.', ''], min, max }, now);
    },
  };
}

import { RISK_LEVELS } from '../../api/risk.js';
import { RequestError } from '../../errors.js';
import type { ExecutableSignal, OpenExecutions, RiskRecord } from '../../store/action-records.js';

/** What is to be executed, and what is known of the user. Prices in quote currency. */
export interface RiskQuestion {
  readonly executionType: 'manual' | 'automatic';
  /** Base units. */
  readonly positionSize: number;
  readonly price: number;
  readonly usdPerQuote: number;
  /** What the user says of it, percent of the portfolio; null: nothing. */
  readonly statedPercentage: number | null;
  /** USD; null: not known. */
  readonly portfolioValueUsd: number | null;
  /** What else the user follows. */
  readonly open: OpenExecutions;
}

/** What the limits were held against; kept with the execution. */
export interface RiskFigures {
  readonly price: number;
  readonly usd_per_quote: number;
  readonly value_usd: number;
  readonly portfolio_value_usd: number | null;
  /** Percent of the portfolio that the position is: the greater of what was said and what is known. */
  readonly percentage: number;
  /** Share of the portfolio that is lost at the stop. */
  readonly risk_share: number;
  /** The same of all other executions of active signals. */
  readonly open_risk_share: number;
  readonly max_position_size: number;
  readonly max_portfolio_risk: number;
}

/** The lowest first. */
const LEVELS: readonly unknown[] = RISK_LEVELS;
/** Sums of shares are rounded: what is equal to a limit keeps it. */
const ROUNDING = 1e-12;

/**
 * Holds an execution against the user's limits and gives what it was held against.
 *
 * - Its value in USD is at most `max_position_size`.
 * - What it loses at the signal's stop, together with what all executions of other active signals lose at theirs, is at
 *   most the share `max_portfolio_risk` of the portfolio. How much of the portfolio it is the user says; if the value of
 *   the portfolio is known and makes it more, that counts.
 * - The user's `risk_rules`.
 *
 * @throws RequestError `conflict` that names the limit, its value and the param; `invalid_params` if nobody says how much
 *   of the portfolio it is
 */
export function checkRisk(risk: RiskRecord, signal: ExecutableSignal, question: RiskQuestion): RiskFigures {
  checkRules(risk, signal, question);
  const { positionSize, price, usdPerQuote, open, portfolioValueUsd } = question;
  const maxSize = Number(risk.maxPositionSize);
  const maxRisk = Number(risk.maxPortfolioRisk);
  const value = positionSize * price * usdPerQuote;
  if (!(value <= maxSize)) {
    const worth = `${positionSize} of ${signal.symbol} are worth ${dollars(value)} USD`;
    throw refused('position_size', `${worth}; your max_position_size is ${dollars(maxSize)} USD`);
  }
  const percentage = percentageOf(value, question);
  const share = (percentage / 100) * wayToStop(signal, price);
  if (!(open.riskShare + share <= maxRisk + ROUNDING)) {
    const others = `executions of other active signals ${percent(open.riskShare)}`;
    throw refused(
      'position_size',
      `at its stop it loses ${percent(share)} of your portfolio, ${others}; your max_portfolio_risk is ${percent(maxRisk)}`,
    );
  }
  return {
    price,
    usd_per_quote: usdPerQuote,
    value_usd: value,
    portfolio_value_usd: portfolioValueUsd,
    percentage,
    risk_share: share,
    open_risk_share: open.riskShare,
    max_position_size: maxSize,
    max_portfolio_risk: maxRisk,
  };
}

function checkRules(
  { riskRules }: RiskRecord,
  signal: ExecutableSignal,
  { executionType, open }: RiskQuestion,
): void {
  const { allow_automatic: mayAutomatic, max_open_executions: maxOpen, max_risk_level: maxLevel } = riskRules;
  if (mayAutomatic === false && executionType === 'automatic') {
    throw refused('execution_type', 'your rule allow_automatic is false');
  }
  if (typeof maxOpen === 'number' && open.count >= maxOpen) {
    const many = `you follow ${open.count} active signals`;
    throw refused('id', `${many}; your rule max_open_executions is ${maxOpen}`);
  }
  const most = LEVELS.indexOf(maxLevel);
  if (most === -1) return;
  const level = LEVELS.indexOf(signal.riskLevel);
  if (level !== -1 && level <= most) return;
  const what =
    signal.riskLevel === null ? 'its risk level is not known' : `its risk level is ${signal.riskLevel}`;
  throw refused('id', `${what}; your rule max_risk_level is ${LEVELS[most]}`);
}

/** Percent of the portfolio. */
function percentageOf(value: number, { statedPercentage, portfolioValueUsd }: RiskQuestion): number {
  if (portfolioValueUsd === null) {
    if (statedPercentage !== null) return statedPercentage;
    throw new RequestError(
      'invalid_params',
      'portfolio_percentage: the value of your portfolio is not known here; say how much of it this is',
      'portfolio_percentage',
    );
  }
  if (!(portfolioValueUsd > 0)) {
    throw refused(
      'position_size',
      `your portfolio is worth ${dollars(portfolioValueUsd)} USD: it has nothing to risk`,
    );
  }
  return Math.max(statedPercentage ?? 0, (value / portfolioValueUsd) * 100);
}

/** Gives what of its price a position loses at the stop, as a share. */
function wayToStop({ stopLoss, signalType }: ExecutableSignal, price: number): number {
  if (stopLoss === null) throw refused('id', 'the signal has no stop: what it may cost cannot be told');
  const way = ((price - Number(stopLoss)) / price) * (signalType === 'long' ? 1 : -1);
  if (way > 0) return way;
  throw refused('id', `the price ${price} has reached the stop ${Number(stopLoss)}`);
}

function refused(field: string, reason: string): RequestError {
  return new RequestError('conflict', `${field}: your limits of risk refuse it: ${reason}`, field);
}

function dollars(value: number): string {
  return value.toFixed(2);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}

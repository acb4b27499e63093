import type { RiskChanges, RiskRecord } from '../action-records.js';
import { type ChangeColumns, setList } from '../changes.js';
import type { Connection, Queryable } from '../pool.js';
import type { JsonObject } from '../user-records.js';

const COLUMNS = `r.user_id AS "userId", r.max_position_size AS "maxPositionSize",
  r.max_portfolio_risk AS "maxPortfolioRisk", r.risk_rules AS "riskRules", r.current_exposure AS "currentExposure",
  r.risk_metrics AS "riskMetrics", r.last_calculated AS "lastCalculated", r.updated_at AS "updatedAt"`;

const CHANGEABLE: ChangeColumns<RiskChanges> = {
  maxPositionSize: 'max_position_size',
  maxPortfolioRisk: 'max_portfolio_risk',
  riskRules: 'risk_rules',
};

/** Gives a user's limits; null: the user has set none, and those of `sql/0012_user_actions.sql` hold. */
export async function getRisk(database: Queryable, userId: number): Promise<RiskRecord | null> {
  const { rows } = await database.query<RiskRecord>(
    `SELECT ${COLUMNS} FROM risk_management r WHERE r.user_id = $1`,
    [userId],
  );
  return rows[0] ?? null;
}

/**
 * Gives a user's limits, which are made if there are none, and lets one transaction at a time go on: what is checked
 * against them holds until it is written.
 *
 * @param connection in a transaction
 */
export async function lockRisk(connection: Connection, userId: number): Promise<RiskRecord> {
  const lock = async (): Promise<RiskRecord | undefined> => {
    const { rows } = await connection.query<RiskRecord>(
      `SELECT ${COLUMNS} FROM risk_management r WHERE r.user_id = $1 FOR NO KEY UPDATE`,
      [userId],
    );
    return rows[0];
  };
  const there = await lock();
  if (there !== undefined) return there;
  // Not on every call: a row that is not inserted takes an id all the same.
  await connection.query(
    'INSERT INTO risk_management (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING',
    [userId],
  );
  const made = await lock();
  if (made === undefined) throw new Error(`user ${userId} was given no limits of risk`);
  return made;
}

/**
 * Changes a user's limits.
 *
 * @param connection in a transaction
 * @throws RangeError without a change
 */
export async function updateRisk(
  connection: Connection,
  userId: number,
  changes: RiskChanges,
): Promise<RiskRecord> {
  const values: unknown[] = [userId];
  const assignments = setList(CHANGEABLE, changes, values);
  await lockRisk(connection, userId);
  const { rows } = await connection.query<RiskRecord>(
    `UPDATE risk_management r SET ${assignments} WHERE r.user_id = $1 RETURNING ${COLUMNS}`,
    values,
  );
  const [risk] = rows;
  if (risk === undefined) throw new Error(`user ${userId} has no limits of risk`);
  return risk;
}

/** Sets what the server has calculated of users who have limits, in one statement. Gives their number. */
export async function setExposures(
  database: Queryable,
  exposures: readonly {
    readonly userId: number;
    readonly currentExposure: JsonObject;
    readonly riskMetrics: JsonObject;
  }[],
): Promise<number> {
  if (exposures.length === 0) return 0;
  const { rowCount } = await database.query(
    `UPDATE risk_management r SET current_exposure = n.exposure, risk_metrics = n.metrics, last_calculated = now()
     FROM unnest($1::int[], $2::jsonb[], $3::jsonb[]) AS n (user_id, exposure, metrics) WHERE r.user_id = n.user_id`,
    [
      exposures.map(({ userId }) => userId),
      exposures.map(({ currentExposure }) => JSON.stringify(currentExposure)),
      exposures.map(({ riskMetrics }) => JSON.stringify(riskMetrics)),
    ],
  );
  return rowCount ?? 0;
}

/** Channel of `sql/0019_notify.sql`. */
export const CHANGES_CHANNEL = 'cryptopredict_changes';

/** Tables whose changes are notified. */
export const NOTIFYING_TABLES = [
  'assets',
  'watchlists',
  'watchlist_assets',
  'portfolios',
  'portfolio_assets',
  'risk_management',
  'system_config',
  'signal_alerts',
] as const;
export type NotifyingTable = (typeof NOTIFYING_TABLES)[number];

/** Rows of a table that someone has inserted, changed or deleted. */
export interface TableChange {
  readonly table: NotifyingTable;
  /** Primary keys; null: too many to be named, so any row may have changed. */
  readonly keys: readonly (number | string)[] | null;
}

/** Reads the payload of a notification. @throws Error that quotes it if it is not one of ours */
export function parseTableChange(payload: string): TableChange {
  const value: unknown = JSON.parse(payload);
  if (typeof value !== 'object' || value === null || !('table' in value) || !('keys' in value)) {
    throw new TypeError(`not a change: ${payload}`);
  }
  const table = NOTIFYING_TABLES.find((name) => name === value.table);
  const { keys } = value;
  if (table === undefined || !(keys === null || (Array.isArray(keys) && keys.every(isKey)))) {
    throw new TypeError(`not a change: ${payload}`);
  }
  return { table, keys };
}

function isKey(value: unknown): value is number | string {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

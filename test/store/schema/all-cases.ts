import type { TableCase } from '../../support/schema-cases.js';
import * as analysis from './analysis.cases.js';
import * as market from './market.cases.js';
import * as signals from './signals.cases.js';
import * as system from './system.cases.js';
import * as userActions from './user-actions.cases.js';
import * as users from './users.cases.js';

/** What is known of every table. */
export const ALL_CASES: readonly TableCase[] = [
  market,
  analysis,
  users,
  signals,
  userActions,
  system,
].flatMap((group) => Object.values(group as Record<string, TableCase>));

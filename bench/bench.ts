/** One figure of a benchmark, beside its plain limit measured in the same run. */
export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What the bare library or kernel does with the same load; absent where nothing comparable exists. */
  readonly limit?: number;
  readonly limitName?: string;
  readonly note?: string;
}

/** What every `bench/*.bench.ts` exports as `run`. */
export type BenchRun = () => Promise<readonly BenchResult[]>;

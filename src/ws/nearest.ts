const MAX_MATCHES = 3;
/** Longer texts are not compared: the cost grows with the product of the lengths. */
const MAX_LENGTH = 40;

/**
 * Gives `; nearest: BTC/USDT, BTC/USDC` for the end of an error message, or nothing if none is near: candidates
 * that differ in at most a third of their letters, or that the text is a part of. Letter case is not looked at.
 */
export function nearest(text: string, candidates: readonly string[]): string {
  if (text === '' || text.length > MAX_LENGTH) return '';
  const wanted = text.toUpperCase();
  const near = candidates
    .map((candidate) => ({ candidate, cost: cost(wanted, candidate.toUpperCase()) }))
    .filter(({ candidate, cost: c }) => c <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.cost - b.cost)
    .slice(0, MAX_MATCHES)
    .map(({ candidate }) => candidate);
  return near.length === 0 ? '' : `; nearest: ${near.join(', ')}`;
}

function cost(wanted: string, candidate: string): number {
  return candidate.includes(wanted) ? 0.5 : distance(wanted, candidate);
}

/** Levenshtein distance: insertions, deletions and changes of one letter that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

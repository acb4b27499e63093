/**
 * Gives up to `count` of the names that look most like `text`, nearest first: those that differ in at most a third of
 * their letters, or that hold `text`. Letter case is not looked at. A hint for people, fit for untrusted text.
 */
export function nearestNames(text: string, names: readonly string[], count = 3): readonly string[] {
  if (text === '') return [];
  const wanted = text.toUpperCase();
  return names
    .map((name) => ({ name, limit: Math.max(1, Math.floor(name.length / 3)) }))
    .map(({ name, limit }) => ({ name, limit, distance: distanceTo(wanted, name.toUpperCase(), limit) }))
    .filter(({ distance, limit }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

/** Gives `; nearest: BTC/USDT, BTC/USDC` for the end of an error message, or nothing if none is near. */
export function nearestHint(text: string, names: readonly string[]): string {
  const near = nearestNames(text, names);
  return near.length === 0 ? '' : `; nearest: ${near.join(', ')}`;
}

function distanceTo(wanted: string, name: string, limit: number): number {
  return name.includes(wanted) ? 0.5 : editDistance(wanted, name, limit);
}

/** Insertions, deletions and changes of one letter that turn `a` into `b`; gives up beyond `limit`, which bounds the cost. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const value = Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      next.push(value);
      least = Math.min(least, value);
    }
    if (least > limit) return limit + 1;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}

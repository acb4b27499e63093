const DIGITS = /^\d+$/;

/** Compares two decimal integers of any length without losing digits. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}

/**
 * Says which of two trades came first: negative if `a`. By time; at the same time by id where both ids are whole
 * numbers. 0: the order of arrival decides.
 */
export function compareTrades(aTime: number, aId: string, bTime: number, bId: string): number {
  if (aTime !== bTime) return aTime - bTime;
  return DIGITS.test(aId) && DIGITS.test(bId) ? compareDigits(aId, bId) : 0;
}

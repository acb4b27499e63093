const ZERO = 48;
const NINE = 57;

/** Gives where the first digit other than 0 stands, the length if there is none; −1 if the text is no whole number. */
function firstDigit(text: string): number {
  let first = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return -1;
    if (first === -1 && code !== ZERO) first = i;
  }
  if (text.length === 0) return -1;
  return first === -1 ? text.length : first;
}

/**
 * Says which of two trades of the same time came first: negative if `a`. By id where both are whole numbers, of any
 * length. 0: the order of arrival decides. Bursts share a millisecond, so it is on the tick path.
 */
export function compareTradeIds(aId: string, bId: string): number {
  const a = firstDigit(aId);
  const b = firstDigit(bId);
  if (a === -1 || b === -1) return 0;
  const longer = aId.length - a - (bId.length - b);
  if (longer !== 0) return longer;
  for (let i = 0; i < aId.length - a; i++) {
    const difference = aId.charCodeAt(a + i) - bId.charCodeAt(b + i);
    if (difference !== 0) return difference;
  }
  return 0;
}

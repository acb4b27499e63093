const PRIME = 0x01000193;
/** FNV's own offset and, for the other half, an arbitrary one. */
const OFFSETS = [0x811c9dc5, 0x9e3779b9];

/**
 * Gives 16 hexadecimal digits that tell a text from others: FNV-1a, 32 bits, from two offsets. Against changes by
 * accident, not against an adversary.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fingerprintOf(text: string): string {
  return OFFSETS.map((offset) => {
    let hash = offset;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
    return (hash >>> 0).toString(16).padStart(8, '0');
  }).join('');
}

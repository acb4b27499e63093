/** Lets those who ask for the same in one turn share one answer. */
export function shared<T>(
  underWay: Map<string, Promise<T>>,
  key: string,
  read: () => Promise<T>,
): Promise<T> {
  let answer = underWay.get(key);
  if (answer === undefined) {
    answer = Promise.resolve().then(() => {
      underWay.delete(key);
      return read();
    });
    underWay.set(key, answer);
  }
  return answer;
}

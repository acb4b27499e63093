/**
 * Lets those who ask while an answer is under way share the next one: however many they are, there is one reading at a
 * time, and each begins after all who are answered by it have asked.
 */
export class SharedReading<Question, Answer> {
  #asked: Question[] = [];
  #next: Promise<Answer> | null = null;
  #last: Promise<unknown> = Promise.resolve();

  /** @param read answers all questions together; it may throw, and the next are read all the same */
  constructor(private readonly read: (asked: readonly Question[]) => Promise<Answer>) {}

  /** Resolves with what was read after this was called. @throws what reading throws */
  ask(question: Question): Promise<Answer> {
    this.#asked.push(question);
    this.#next ??= this.#begin();
    return this.#next;
  }

  #begin(): Promise<Answer> {
    const answer = this.#last.then(() => {
      const asked = this.#asked;
      this.#asked = [];
      this.#next = null;
      return this.read(asked);
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}

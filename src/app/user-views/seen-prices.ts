/** What a list was last computed of, to tell cheaply whether anything of it has moved. */
export class SeenPrices {
  #of: readonly unknown[] = [];
  #prices = new Float64Array(0);

  /**
   * Says whether something is different from what was seen, and takes it as seen.
   *
   * @param of what else it was computed of, compared by identity
   * @param priceAt the price of each of the list's places; NaN: not known
   */
  differs(of: readonly unknown[], count: number, priceAt: (place: number) => number): boolean {
    let isOther = of.length !== this.#of.length || of.some((part, i) => part !== this.#of[i]);
    this.#of = of;
    if (this.#prices.length !== count) {
      this.#prices = new Float64Array(count);
      isOther = true;
    }
    for (let place = 0; place < count; place++) {
      const price = priceAt(place);
      if (Object.is(this.#prices[place], price)) continue;
      this.#prices[place] = price;
      isOther = true;
    }
    return isOther;
  }
}

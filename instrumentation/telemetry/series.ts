/** Series of one metric that are told apart; as many as the SDK keeps by default. */
const MOST = 2_000;

/**
 * Numbers of series that would be the same once what told them apart is taken out. Two points of one metric with the
 * same attributes are no valid metric, and adding them up would change what they say; a number loses neither.
 */
export class Series {
  /** Metric and what is left of the attributes → the original attributes, in the order in which they were met. */
  readonly #known = new Map<string, Map<string, number>>();

  /** 1 for the first series with these attributes, 2 for the second; the same at each collection. */
  numberOf(metric: string, left: string, original: string): number {
    const key = `${metric}\0${left}`;
    let numbers = this.#known.get(key);
    if (!numbers) {
      forgetOldest(this.#known);
      this.#known.set(key, (numbers = new Map()));
    }
    const known = numbers.get(original);
    if (known !== undefined) return known;
    const number = forgetOldest(numbers) ?? numbers.size + 1;
    numbers.set(original, number);
    return number;
  }
}

/** Makes room for one more. */
function forgetOldest<T>(map: Map<string, T>): T | undefined {
  if (map.size < MOST) return undefined;
  const [[key, value]] = map as unknown as [[string, T]];
  map.delete(key);
  return value;
}

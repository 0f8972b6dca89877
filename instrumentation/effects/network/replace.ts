/** A function of Node's as it is called, whatever its signature. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Puts another function in the place of a method. It keeps the name, the number of parameters and the properties of
 * the original: `util.promisify` looks at some of them. A method that this Node does not have is left out.
 */
export function replaceMethod(target: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
  const methods = target as Record<string, unknown>;
  const original = methods[name];
  if (typeof original !== "function") return;
  const replacement = make(original as AnyFunction);
  for (const key of Reflect.ownKeys(original)) {
    if (key !== "prototype") Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key) as PropertyDescriptor);
  }
  methods[name] = replacement;
}

/** Property → its new value. */
export type Changes = Readonly<Record<string, unknown>>;

/** A copy of the same class, which shares with the original all that does not change. */
export function changedCopy<T extends object>(item: T, changes: Changes): T {
  return Object.create(Object.getPrototypeOf(item) as object | null, { ...Object.getOwnPropertyDescriptors(item), ...descriptors(item, changes) }) as T;
}

/**
 * Changes an item itself.
 *
 * @throws TypeError when it is frozen
 */
export function changeInPlace(item: object, changes: Changes): void {
  Object.defineProperties(item, descriptors(item, changes));
}

/** Where a class has an accessor, the value stands in a field of the same name with an underscore; both tell the same then. */
function descriptors(item: object, changes: Changes): PropertyDescriptorMap {
  const map: PropertyDescriptorMap = {};
  for (const [key, value] of Object.entries(changes)) {
    const descriptor = { value, enumerable: true, configurable: true, writable: true };
    map[key] = descriptor;
    if (Object.hasOwn(item, `_${key}`)) map[`_${key}`] = descriptor;
  }
  return map;
}

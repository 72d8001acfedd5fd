/**
 * What is waited for again and again, unless something ends meanwhile. `Promise.race` with a promise that lasts would hold
 * every result until that one is settled.
 */

/** @param end rejects when it ends. @returns what settles as a promise does, or rejects as `end` if that comes first */
export function racedWith(end: Promise<never>): <T>(one: Promise<T>) => Promise<T> {
  const waiting = new Set<(error: unknown) => void>();
  let over: { readonly error: unknown } | undefined;
  end.catch((error: unknown) => {
    over = { error };
    for (const reject of waiting) reject(error);
    waiting.clear();
  });
  return (one) =>
    new Promise((resolve, reject) => {
      if (over) reject(over.error);
      else waiting.add(reject);
      one.then(resolve, reject).finally(() => waiting.delete(reject));
    });
}

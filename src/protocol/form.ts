/**
 * Forms of JSON values: what a server tells has their types where it is written, and is checked against them where it is read.
 * Fields that a form does not have are passed over, and stay: a newer server may tell more.
 */

/** The form of some JSON values. */
export interface Form<T> {
  /** The value, if it has the form; without those items of lists that have not. @returns undefined for any other */
  read(value: unknown): T | undefined;
  /** All values of this type have the form, and no others: nothing need be called to find out. */
  readonly type?: "string" | "number" | "boolean" | undefined;
}

/** The form of a field that may be left out. */
interface Optional<T> extends Form<T> {
  readonly optional: true;
}

/** The values of a form. */
export type Told<F> = F extends Form<infer T> ? T : never;

type Fields = Readonly<Record<string, Form<unknown>>>;
type ObjectOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? never : K]: Told<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: Told<F[K]> | undefined;
};

export const text: Form<string> = { type: "string", read: (value) => (typeof value === "string" ? value : undefined) };

export const number: Form<number> = {
  type: "number",
  read: (value) => (typeof value === "number" ? value : undefined),
};

/** A number of things, or of bytes. */
export const count: Form<number> = {
  read: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined),
};

export const flag: Form<boolean> = {
  type: "boolean",
  read: (value) => (typeof value === "boolean" ? value : undefined),
};

/** `false`, where the other values say more than `true`. */
export const no: Form<false> = { read: (value) => (value === false ? value : undefined) };

/** Any value but none. */
export const anything: Form<unknown> = { read: (value) => value };

/** A field that may be left out. */
export function maybe<T>(form: Form<T>): Optional<T> {
  return { optional: true, type: form.type, read: form.read };
}

/** One of these texts. */
export function oneOf<const T extends string>(...texts: readonly T[]): Form<T> {
  return { read: (value) => texts.find((one) => one === value) };
}

/** A value of the one form, else of the other. */
export function either<A, B>(one: Form<A>, other: Form<B>): Form<A | B> {
  return { read: (value) => one.read(value) ?? other.read(value) };
}

/** A list; items that do not have the form are left out. */
export function list<T>(of: Form<T>): Form<readonly T[]> {
  return {
    read(value) {
      if (!Array.isArray(value)) return undefined;
      const read = value.map((item) => of.read(item));
      const fit = read.filter((item) => item !== undefined);
      return fit.length === value.length && fit.every((item, i) => item === value[i]) ? value : fit;
    },
  };
}

/** An object whose keys are data. */
export function record<T>(of: Form<T>): Form<Readonly<Record<string, T>>> {
  return {
    read(value) {
      if (!isObject(value)) return undefined;
      return Object.values(value).every((one) => of.read(one) === one) ? (value as Record<string, T>) : undefined;
    },
  };
}

/** An object with these fields; an optional one that does not have its form is left out, other keys stay as they are. */
export function object<F extends Fields>(fields: F): Form<ObjectOf<F>> {
  const all = Object.entries(fields).map(([key, form]) => {
    return { key, form, type: form.type, needed: !("optional" in form) };
  });
  return {
    read(value) {
      if (!isObject(value)) return undefined;
      let whole = value;
      for (const { key, form, type, needed } of all) {
        const field = value[key];
        if (typeof field === type) continue;
        if (field === undefined) {
          if (needed) return undefined;
          continue;
        }
        const read = form.read(field);
        if (read === undefined) return undefined;
        if (read !== field) whole = { ...whole, [key]: read };
      }
      return whole as ObjectOf<F>;
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

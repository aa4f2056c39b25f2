import * as core from "zod/v4/core";

/** One setting of a schema. */
export interface Setting {
  /** As in a file: `queueMax`. */
  readonly key: string;
  /** As in the environment: `QUEUE_MAX`. */
  readonly variable: string;
  readonly secret: boolean;
  /** What it is under its defaults and wrappers: `string`, `number`, `object` and so on. */
  readonly kind: string;
  /** The schema itself turns text into its type. */
  readonly coerces: boolean;
}

const secretName = /(token|secret|password|key|credential)$/i;

/** `queueMax` as `QUEUE_MAX`. */
export const variableOf = (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();

/** The settings of a schema, in its order. Throws TypeError when it is not an object. */
export const settingsOf = (schema: core.$ZodType): readonly Setting[] => {
  const { innermost } = unwrap(schema);
  if (!(innermost instanceof core.$ZodObject)) throw new TypeError("the settings of a workload are an object schema");
  const shape = innermost._zod.def.shape as Readonly<Record<string, core.$ZodType>>;
  return Object.entries(shape).map(([key, field]) => {
    const { innermost: inner, secret } = unwrap(field);
    const { type, coerce } = inner._zod.def as { type: string; coerce?: boolean };
    return { key, variable: variableOf(key), secret: secret || secretName.test(key), kind: type, coerces: coerce === true };
  });
};

/** The schema under optional, default, nullable, readonly and pipes, and whether one of the layers says that it is a secret. */
const unwrap = (schema: core.$ZodType): { readonly innermost: core.$ZodType; readonly secret: boolean } => {
  let current = schema;
  let secret = false;
  for (;;) {
    secret ||= core.globalRegistry.get(current)?.secret === true;
    const { innerType, in: input } = current._zod.def as { innerType?: core.$ZodType; in?: core.$ZodType };
    const next = innerType ?? input;
    if (next === undefined) return { innermost: current, secret };
    current = next;
  }
};

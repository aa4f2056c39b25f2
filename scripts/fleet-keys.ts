/** The schema of the fleet file as JSON Schema, with what each check of our own expects. */
import type { Code } from "@fogline/findings";
import { fleetSchema } from "@fogline/fleet";
import { z } from "zod";

/** The part of JSON Schema that the fleet file's schema uses, and `refusal`: what a check of our own expects, and its code. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly examples?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly refusal?: Refusal;
}

interface Refusal {
  readonly code: Code;
  readonly expected: string;
}

/** What a check of a value that is not a shape says of itself: `params` of a refinement. */
const refusalOf = (schema: z.core.$ZodType): Refusal | undefined => {
  for (const { _zod } of schema._zod.def.checks ?? []) {
    const { params } = _zod.def as { params?: Partial<Refusal> };
    if (params?.code !== undefined && params.expected !== undefined) return { code: params.code, expected: params.expected };
  }
  return undefined;
};

/** Finds schemas by path. */
export class FleetKeys {
  readonly #whole: Schema;

  constructor() {
    this.#whole = z.toJSONSchema(fleetSchema, {
      io: "input",
      override: ({ zodSchema, jsonSchema }) => {
        const refusal = refusalOf(zodSchema);
        if (refusal !== undefined) Object.assign(jsonSchema, { refusal });
      },
    }) as Schema;
  }

  /** The schema at a path such as `devices.<name>.host`. */
  at(path: string): Schema {
    return path.split(".").reduce((schema, key) => {
      const next = key === "<name>" ? this.entryOf(schema) : (schema.properties?.[key] ?? (key === "" ? schema : undefined));
      if (next === undefined) throw new Error(`the fleet file has no ${path}`);
      return this.resolved(next);
    }, this.#whole);
  }

  resolved(schema: Schema): Schema {
    const name = nameOf(schema);
    return name === undefined ? schema : { ...this.#whole.$defs?.[name], ...schema };
  }

  /** What each entry of a mapping is, when the user chooses its keys. */
  entryOf({ additionalProperties }: Schema): Schema | undefined {
    return typeof additionalProperties === "object" ? this.resolved(additionalProperties) : undefined;
  }
}

/** The name under which a schema that is said once stands. */
export const nameOf = ({ $ref }: Schema): string | undefined => $ref?.replace("#/$defs/", "");

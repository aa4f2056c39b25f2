import * as pulumi from "@pulumi/pulumi";
import type { MockCallArgs, MockResourceArgs, MockResourceResult } from "@pulumi/pulumi/runtime/mocks.js";
import { dayZero } from "../program.ts";

/** A resource as the program asks for it. Secrets are marked as Pulumi marks them. */
export interface Captured {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The id by which an existing one is taken into the state. */
  readonly id?: string;
}

export interface CaptureOptions {
  readonly stack: string;
  /** Root of the repository. */
  readonly folder: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly preview?: boolean;
  /** What resources of a type answer beside their inputs. */
  readonly answers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** How many turns a resource takes to be made, by its name: another order in which things become known. */
  readonly turns?: (name: string) => number;
}

export interface Capture {
  /** By type and name. */
  readonly resources: readonly Captured[];
  /** Outputs of the stack, and which of them are secret. */
  readonly outputs: Readonly<Record<string, { readonly value: unknown; readonly secret: boolean }>>;
}

/** Runs the program of a stack with Pulumi's mocks: everything but the engine and the providers is real. */
export const capture = async ({
  stack,
  folder,
  config = {},
  secrets = {},
  preview = false,
  answers = {},
  turns = () => 0,
}: CaptureOptions): Promise<Capture> => {
  const resources: Captured[] = [];
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const keyed = (values: Readonly<Record<string, unknown>>) => Object.entries(values).map(([key, value]) => [`fogline:${key}`, text(value)] as const);
  const newResource = async ({ type, name, inputs, id }: MockResourceArgs): Promise<MockResourceResult> => {
    resources.push({ type, name, inputs, ...(id ? { id } : {}) });
    for (let turn = turns(name); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
    return { id: id || `id-of-${name}`, state: { ...inputs, ...answers[type] } };
  };
  await pulumi.runtime.setMocks({ newResource, call: ({ inputs }: MockCallArgs) => inputs }, "fogline", stack, preview, "organization");
  pulumi.runtime.setAllConfig(
    Object.fromEntries([...keyed(config), ...keyed(secrets)]),
    Object.keys(secrets).map((key) => `fogline:${key}`),
  );
  const outputs = await dayZero(folder);
  const known = await Promise.all(
    Object.entries(outputs).map(async ([key, value]) => {
      const output = pulumi.output(value as unknown);
      const awaited = output as unknown as { promise(): Promise<unknown>; isSecret: Promise<boolean> };
      return [key, { value: await awaited.promise(), secret: await awaited.isSecret }] as const;
    }),
  );
  // What hangs on outputs is asked for in later turns.
  await pulumi.runtime.disconnect();
  const byName = (a: Captured, b: Captured): number => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1);
  return { resources: resources.toSorted(byName), outputs: Object.fromEntries(known) };
};

/** Pulumi's mark of a secret, https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/runtime/rpc.ts */
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** The text of what was captured without what is marked as secret. */
export const inClear = (value: unknown): string =>
  JSON.stringify(value, (_key, item) => ((item as Record<string, unknown> | null)?.[signature] === secretMark ? "[secret]" : item));

/** The value with the marks of secrets taken off: what the cluster is given. */
export const opened = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  const marked = value as Record<string, unknown>;
  if (marked[signature] === secretMark) return opened(marked.value);
  return Object.fromEntries(Object.entries(marked).map(([key, item]) => [key, opened(item)]));
};

/** A JSON merge patch (RFC 7386): what it names is laid over, `null` takes away. */
export interface Patch {
  readonly [key: string]: unknown;
}

const isMapping = (value: unknown): value is Patch => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a mapping is after a patch. Keys keep their places, new ones come last. */
export const patched = (value: unknown, patch: Patch): Patch => {
  const result: Record<string, unknown> = isMapping(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = isMapping(change) ? patched(result[key], change) : change;
  }
  return result;
};

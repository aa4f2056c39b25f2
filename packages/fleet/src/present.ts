import type { Place } from "@fogline/findings";
import type { Path } from "./document.ts";

export type PlaceOf = (path: Path) => Place;

/** Only the keys that have a value, as exact optional properties want it. */
export const present = <Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };

export const maybe = <Value, Out>(value: Value | undefined, read: (value: Value) => Out): Out | undefined =>
  value === undefined ? undefined : read(value);

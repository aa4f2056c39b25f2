import type { Reference } from "./document.ts";

/** Something that the search found, and the hash that leads to it. */
export interface Found {
  readonly hash: string;
  readonly label: string;
  readonly about: string;
}

const foundMax = 30;

/** Operations, records and codes in which every word occurs; names before descriptions. */
export const search = (reference: Reference, text: string): readonly Found[] => {
  const asked = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (asked.length === 0) return [];
  return everything(reference)
    .flatMap((found) => {
      const name = found.label.toLowerCase();
      const all = `${name} ${found.about} ${found.more}`.toLowerCase();
      if (!asked.every((word) => all.includes(word))) return [];
      return [{ found, rank: asked.filter((word) => !name.includes(word)).length }];
    })
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, foundMax)
    .map(({ found: { hash, label, about } }) => ({ hash, label, about }));
};

const everything = (reference: Reference): (Found & { readonly more: string })[] => [
  ...reference.operations.map(({ operationId, method, path, summary }) => ({
    hash: operationId,
    label: operationId,
    about: `${method} ${path}`,
    more: summary,
  })),
  ...reference.records.map(([name, { description }]) => ({
    hash: name,
    label: name,
    about: "record",
    more: typeof description === "string" ? description : "",
  })),
  ...reference.codes.map(([code, { title, remedy }]) => ({ hash: code, label: code, about: title, more: remedy })),
];

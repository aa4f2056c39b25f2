import type { Page } from "@fogline/contracts";

/** A page ends before its records outgrow this, so that it fits into one message of the bus. */
const pageBytesMax = 160 * 1024;

/** The first page of what is left of a list: at most `limit` records, fewer when they are large, and the id of its last one when more follow. */
export const firstPage = <Item extends { readonly id: string }>(rest: readonly Item[], limit: number): Page<Item> => {
  const items: Item[] = [];
  let bytes = 0;
  for (const record of rest.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(record));
    if (items.length > 0 && bytes > pageBytesMax) break;
    items.push(record);
  }
  return { items, next: items.length < rest.length ? (items.at(-1)?.id ?? null) : null };
};

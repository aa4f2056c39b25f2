/** One page of a list, and the `after` of the next one; null on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** All items of a paged list, asked for page by page. `ask` gets the `after` of the page, undefined for the first. */
export const everyPage = async <Item>(ask: (after: string | undefined) => Promise<Page<Item>>): Promise<Item[]> => {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await ask(after);
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
};

/** How many of all the search left; nothing without a search. */
export const Found = ({ find, found, all }: { find: string; found: number; all: number }) => (
  <span class="quiet">{find === "" ? (all === 0 ? "" : all) : `${found} of ${all} match`}</span>
);

/**
 * Where the reader is. The path names the page; the fragment has what is open and searched for on it, so that it never reaches a server and any
 * view can be sent to a colleague.
 */
export interface Place {
  readonly path: string;
  /** What is open, by kind: `{device: "pi-2"}`. */
  readonly open: Readonly<Record<string, string>>;
  readonly find: string;
}

const fragment = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));

export const readPlace = (): Place => {
  const { find = "", ...open } = Object.fromEntries(fragment());
  return { path: location.pathname, open, find };
};

const textOf = ({ path, open, find }: Place): string => {
  const values = new URLSearchParams({ ...open, ...(find === "" ? {} : { find }) }).toString();
  return values === "" ? path : `${path}#${values}`;
};

/** Another page is a step in the history. What is open or searched for on the same page is none: back leaves the page, as everywhere else. */
export const writePlace = (place: Place): void => {
  if (place.path === location.pathname) history.replaceState(null, "", textOf(place));
  else history.pushState(null, "", textOf(place));
};

/** The place that an address of this origin names. */
export const placeOf = (address: string): Place => {
  const { pathname, hash } = new URL(address, location.origin);
  const { find = "", ...open } = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  return { path: pathname, open, find };
};

/** The code of a sign-in link. It is taken out of the address at once, so that it is neither shared nor kept. */
export const takeCode = (): string | null => {
  const values = fragment();
  const code = values.get("code");
  if (code === null) return null;
  values.delete("code");
  const rest = values.toString();
  history.replaceState(null, "", rest === "" ? location.pathname : `#${rest}`);
  return code;
};

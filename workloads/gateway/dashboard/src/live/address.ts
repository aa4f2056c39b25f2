/** The part of the page that a link carries: what is open, and what is searched for. Lives in the fragment, so it never reaches a server. */
export interface Place {
  readonly device: string | null;
  readonly task: string | null;
  readonly find: string;
}

const fragment = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));

export const readPlace = (): Place => {
  const values = fragment();
  return { device: values.get("device"), task: values.get("task"), find: values.get("find") ?? "" };
};

/** Changes the address without a step in the history: back leaves the page, as everywhere else. */
export const writePlace = ({ device, task, find }: Place): void => {
  const values = new URLSearchParams();
  if (device !== null) values.set("device", device);
  if (task !== null) values.set("task", task);
  if (find !== "") values.set("find", find);
  const text = values.toString();
  history.replaceState(null, "", text === "" ? location.pathname : `#${text}`);
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

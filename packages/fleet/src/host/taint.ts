/** A taint of a node: pods that do not tolerate it stay away. */
export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

const TAINT = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/;
const VALUE = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const PART = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
const PREFIX = "(?=[^/]{1,253}/)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/";
const KEY = new RegExp(`^(${PREFIX})?${PART}$`);

/** True for what Kubernetes takes as the key of a label or taint: a name of at most 63 characters after an optional domain and slash. */
export const isLabelKey = (key: string): boolean => KEY.test(key);

/** Reads `key=value:Effect` or `key:Effect`; `undefined` when it is neither. */
export const parseTaint = (text: string): Taint | undefined => {
  const [, key = "", value = "", effect] = TAINT.exec(text) ?? [];
  if (effect === undefined || !isLabelKey(key) || !VALUE.test(value)) return undefined;
  return { key, value, effect: effect as Taint["effect"] };
};

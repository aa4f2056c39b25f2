const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** The number that a Kubernetes quantity stands for ("1024Mi", "100m", "1e3", 2); `undefined` for what is none. */
export const quantityOf = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  const match = typeof value === "string" ? QUANTITY.exec(value) : null;
  if (match === null) return undefined;
  const [, number = "", exponent, suffix = ""] = match;
  return exponent === undefined ? Number(number) * (FACTORS[suffix] ?? Number.NaN) : Number(`${number}${exponent}`);
};

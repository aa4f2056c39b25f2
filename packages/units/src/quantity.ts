const factors: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
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

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?))$/;

/**
 * The number that a Kubernetes quantity stands for: "160Mi" is 167772160, "100m" is 0.1, "1e3" is 1000 (kubernetes.io, "Quantity").
 * `undefined` for anything else.
 */
export const parseQuantity = (value: unknown): number | undefined => {
  if (typeof value === "number") return value;
  const match = QUANTITY.exec(typeof value === "string" ? value : " ");
  if (match === null) return undefined;
  const [, digits, exponent, suffix = ""] = match;
  return exponent === undefined ? Number(digits) * (factors[suffix] ?? 1) : Number(`${digits}e${exponent}`);
};

/** What is wrong with a text; `undefined` when nothing is. */
export type Format = (text: string) => string | undefined;

const pattern =
  (expression: RegExp, says: string, lengthMax = Number.POSITIVE_INFINITY): Format =>
  (text) =>
    text.length <= lengthMax && expression.test(text) ? undefined : says;

/** RFC 1123, as names of namespaces, containers and volumes are written. */
export const dnsLabel = pattern(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "takes at most 63 lower-case letters, digits and hyphens, with a letter or digit at both ends",
  63,
);

/** RFC 1123 with dots, as most names are written. */
export const dnsName = pattern(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "takes at most 253 lower-case letters, digits, hyphens and dots, with a letter or digit at both ends of each part",
  253,
);

/** A name that becomes part of a URL as it is: roles and bindings. */
export const pathSegment = pattern(/^(?!\.{1,2}$)[^/%]+$/, "takes no slash and no percent sign, and is neither . nor ..");

export const labelValue = pattern(
  /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
  "a label takes at most 63 letters, digits, hyphens, underscores and dots, with a letter or digit at both ends",
  63,
);

const keyName = pattern(/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/, "", 63);

/** A key of a label, an annotation or a resource: a name, with a domain before it or not. */
export const qualifiedName: Format = (text) => {
  const [name = "", domain, ...more] = text.split("/").toReversed();
  const fits = more.length === 0 && keyName(name) === undefined && (domain === undefined || dnsName(domain) === undefined);
  return fits ? undefined : "a key is at most 63 letters, digits, hyphens, underscores and dots, with or without a domain and a slash before it";
};

/** A key of a ConfigMap or Secret. */
export const configKey = pattern(/^(?!\.\.?$|\.\.)[-._a-zA-Z0-9]+$/, "a key takes at most 253 letters, digits, hyphens, underscores and dots", 253);

/** Any character that can be printed, since 1.34. */
export const environmentName = pattern(/^[ -<>-~]+$/, "takes characters of ASCII other than =");

/** RFC 6335, as ports of containers are named. */
export const portName = pattern(
  /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  "the name of a port takes at most 15 lower-case letters, digits and single hyphens, one letter among them",
  15,
);

/** A time as Flux reads it. */
export const fluxDuration = pattern(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/, "must be a duration such as 30s or 1h30m");

/** A path inside a volume. */
export const innerPath: Format = (text) => (text.startsWith("/") || text.split("/").includes("..") ? "must be relative, without .." : undefined);

export const withoutParents: Format = (text) => (text.split("/").includes("..") ? "must not contain .." : undefined);

export const trimmed: Format = (text) => (text.trim() === text ? undefined : "must not begin or end with a space");

export const among =
  (...words: readonly string[]): Format =>
  (text) =>
    words.includes(text) ? undefined : `takes ${words.join(", ")}`;

/** The same for a text that may be left empty. */
export const optional =
  (format: Format): Format =>
  (text) =>
    text === "" ? undefined : format(text);

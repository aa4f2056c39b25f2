/** How a registry wants to be asked: the `WWW-Authenticate` of its 401. */
export interface Challenge {
  /** In small letters. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The first challenge of a header (RFC 9110, 11.6.1) whose scheme is Basic or Bearer; `undefined` where there is none. */
export const readChallenge = (header: string | null): Challenge | undefined => {
  const [, scheme, rest] = /(?:^|,\s*)(basic|bearer)(?:\s+(.*))?$/is.exec(header ?? "") ?? [];
  if (scheme === undefined) return undefined;
  const pairs = [...(rest ?? "").matchAll(/([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/gi)];
  const parameters = pairs.map(([, name = "", quoted, plain]) => [name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? ""] as const);
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(parameters) };
};

import type { HttpRoute, Operation, Stream } from "@fogline/contracts";

/** A request of a contract as HTTP sends it. */
export interface Sent {
  readonly method: HttpRoute["method"];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Fields that the path names go into it, the others into the query of a GET or DELETE, else into the body. Throws TypeError for a contract that
 * nobody meets over HTTP and for a field of the path that is missing.
 */
export const requestOf = ({ name, http }: Operation | Stream, request: object, hub: string): Sent => {
  if (http === undefined) throw new TypeError(`${name} has no HTTP route`);
  const { method } = http;
  const fields = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const path = http.path.replaceAll(/:(\w+)/g, (_, field: string) => {
    const value: unknown = fields[field];
    delete fields[field];
    if (value === undefined || value === "") throw new TypeError(`${name} needs "${field}"`);
    return encodeURIComponent(String(value));
  });
  const url = `${hub.replace(/\/+$/, "")}${path}`;
  if (method !== "GET" && method !== "DELETE") {
    return { method, url, headers: { "content-type": "application/json" }, body: JSON.stringify(fields) };
  }
  const query = new URLSearchParams(Object.entries(fields).map(([field, value]) => [field, String(value)])).toString();
  return { method, url: query === "" ? url : `${url}?${query}`, headers: {} };
};

import { typed } from "./shell-words.ts";

/** A request as it is typed on the hub's own machine, where its admin token is at hand. */
export const curlOf = (origin: string, method: string, path: string, body?: object): string =>
  [
    `curl ${method === "GET" ? "" : `-X ${method} `}${typed([`${origin}${path}`])}`,
    `-H "authorization: Bearer $(cat .fogline/admin.token)"`,
    ...(body === undefined ? [] : ["-H content-type:application/json", `-d ${typed([JSON.stringify(body)])}`]),
  ].join(" ");

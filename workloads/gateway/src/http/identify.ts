import type { FastifyRequest } from "fastify";
import { cookieNames, cookieOf } from "./cookies.ts";

/** Pages send it with every request that changes something; another site cannot, so its forged requests have no identity. */
export const forgeryHeader = "x-fogline-request";

type Parts = Pick<FastifyRequest, "headers" | "method"> & { readonly socket: Parameters<typeof cookieNames>[0] };

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** The token of a request: a bearer token, else the access cookie where a forged request could not have sent it. */
export const tokenOf = (request: Parts): string | undefined => {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  return isForgeable(request) ? undefined : cookieOf(request.headers.cookie, cookieNames(request.socket).access);
};

/** Whether another site could have had the browser send this, cookies included. What is safe to repeat may come from anywhere. */
export const isForgeable = ({ method, headers }: Pick<Parts, "headers" | "method">): boolean =>
  !safeMethods.has(method) && headers[forgeryHeader] === undefined;

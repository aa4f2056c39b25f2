import { basename, sep } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** Where pages are: each is the same file, which looks at its address. */
const pageRoutes = [
  "/",
  "/topology",
  "/placements",
  "/devices/:id",
  "/tasks",
  "/tasks/:id",
  "/deployments",
  "/events",
  "/audit",
  "/gitops",
  "/enrol",
  "/people",
] as const;
/** The reference of the API is a page of its own. */
const referenceRoute = "/reference";

const yearSeconds = 31_536_000;

/** Names of built files carry a hash of what is in them, so a name never means other bytes. */
const hashed = /-[A-Za-z0-9_-]{8}\.[a-z0-9.]+$/;

/** Serves the built pages from a folder: the page for each of its addresses, and the files that it needs. */
export const mountPages = (server: FastifyInstance, assets: string): void => {
  server.register(fastifyStatic, {
    root: assets,
    index: false,
    wildcard: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const forEver = path.includes(`${sep}assets${sep}`) && hashed.test(basename(path));
      reply.header("cache-control", forEver ? `public, max-age=${yearSeconds}, immutable` : "no-cache");
    },
  });
  const mount = (url: string, file: string) =>
    server.get<{ Params: { id?: string } }>(url, async (request, reply) => {
      // A name with a dot is a file's, and who takes no HTML wants no page.
      if (request.params.id?.includes(".") || !takesHtml(request.headers.accept)) return reply.callNotFound();
      return reply.header("vary", "accept").sendFile(file);
    });
  for (const url of pageRoutes) mount(url, "index.html");
  mount(referenceRoute, "reference.html");
};

/** Somebody looks for a page that is not there: the pages say so themselves, and where else to go. Files and what is below /api are no pages. */
export const wantsPage = ({ method, url, headers }: Pick<FastifyRequest, "method" | "url" | "headers">): boolean => {
  const path = url.split("?", 1)[0] ?? "/";
  return method === "GET" && headers.accept?.includes("text/html") === true && !path.includes(".") && !/^\/(api|services)(\/|$)/.test(path);
};

const takesHtml = (accept: string | undefined): boolean => accept === undefined || /text\/html|text\/\*|\*\/\*/i.test(accept);

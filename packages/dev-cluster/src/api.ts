import type { ClientRequest } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import type { KubernetesObject } from "@fogline/manifests";

/** What an API server answered. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** An object as the API server has it. */
export interface LiveObject extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: what is read of an object depends on its kind
  readonly [field: string]: any;
}

/** An API server said no. `reason` is its word for it, such as NotFound or Invalid. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(what: string, { status, body }: Answer) {
    const { message = JSON.stringify(body), reason = "" } = (body ?? {}) as { message?: string; reason?: string };
    super(`${what}: ${status} ${message}`);
    this.status = status;
    this.reason = reason;
  }
}

/** What names a kind, and an object of it. */
export interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

interface Resource {
  readonly name: string;
  readonly namespaced: boolean;
}

export interface ApplyOptions {
  /** Who the fields belong to afterwards. Default `fogline-dev`. */
  readonly fieldManager?: string;
  /** Answers what would be, and changes nothing. */
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

const named = (object: KubernetesObject): Named => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  name: object.metadata.name,
  namespace: object.metadata.namespace,
});

const tooManyRequests = 429;
const triesMax = 60;
const fieldManagerDefault = "fogline-dev";
const pauseMs = 500;

/** An API server and every right on it: every kind by its name, every field validated strictly. */
export class KubernetesApi {
  readonly #agent: Agent;
  readonly #url: string;
  readonly #token: string;
  readonly #resources = new Map<string, ReadonlyMap<string, Resource>>();

  constructor({ url, ca, token }: { readonly url: string; readonly ca: string; readonly token: string }) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, ca, maxSockets: 64 });
  }

  /** One request; an answer of any status. What only reads is sent once more where the connection that was kept for it had just been closed. */
  async raw(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer> {
    try {
      return await this.#send(method, path, body, contentType);
    } catch (error) {
      if (method !== "GET" || (error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
      return await this.#send(method, path, body, contentType);
    }
  }

  #send(method: string, path: string, body: unknown, contentType = "application/json"): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${this.#token}`,
        accept: "application/json",
        ...(payload === undefined ? {} : { "content-type": contentType }),
      };
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent, timeout: 60_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const isJson = (response.headers["content-type"] ?? "").startsWith("application/json");
          resolve({ status: response.statusCode ?? 0, body: isJson && text !== "" ? JSON.parse(text) : text });
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer within 60 s`)));
      sent.on("error", reject);
      sent.end(payload);
    });
  }

  /** A request that must succeed. Rejects with an `ApiRefusal` otherwise. While the server says that it is busy or just starting, asks again. */
  async ask<Body = LiveObject>(method: string, path: string, body?: unknown, contentType?: string): Promise<Body> {
    for (let tries = 0; ; tries += 1) {
      const answer = await this.raw(method, path, body, contentType);
      if (answer.status === tooManyRequests && tries < triesMax) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        continue;
      }
      if (answer.status >= 400) throw new ApiRefusal(`${method} ${path}`, answer);
      return answer.body as Body;
    }
  }

  /** The path of a kind's objects, or of one object. Rejects with an `ApiRefusal` of 404 for a kind that the server does not know. */
  async pathOf({ apiVersion, kind, name, namespace }: Named): Promise<string> {
    const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let resource = (await this.#kinds(base)).get(kind);
    if (resource === undefined) {
      // It may have been added since.
      this.#resources.delete(base);
      resource = (await this.#kinds(base)).get(kind);
    }
    if (resource === undefined) throw new ApiRefusal(`${apiVersion} ${kind}`, { status: 404, body: { message: "no such kind", reason: "NotFound" } });
    const space = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
    return `${base}${space}/${resource.name}${name === undefined ? "" : `/${name}`}`;
  }

  async #kinds(base: string): Promise<ReadonlyMap<string, Resource>> {
    const known = this.#resources.get(base);
    if (known !== undefined) return known;
    const { resources } = await this.ask<{ resources: { name: string; kind: string; namespaced: boolean }[] }>("GET", base);
    const kinds = new Map(resources.filter(({ name }) => !name.includes("/")).map(({ kind, name, namespaced }) => [kind, { name, namespaced }]));
    this.#resources.set(base, kinds);
    return kinds;
  }

  /** The object, or `undefined` where there is none or no such kind. */
  async get(what: Named & { readonly name: string }): Promise<LiveObject | undefined> {
    try {
      return await this.ask("GET", await this.pathOf(what));
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  /** All objects of a kind, of one namespace or of all. The items carry their kind, which lists leave out. */
  async list(what: Omit<Named, "name">, selector?: string): Promise<LiveObject[]> {
    const query = selector === undefined ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
    const { items } = await this.ask<{ items: LiveObject[] }>("GET", `${await this.pathOf(what)}${query}`);
    return items.map((item) => ({ ...item, apiVersion: what.apiVersion, kind: what.kind }));
  }

  /** Server-side apply with strict validation of fields. */
  async apply(
    object: KubernetesObject,
    { fieldManager = fieldManagerDefault, dryRun = false, force = true }: ApplyOptions = {},
  ): Promise<LiveObject> {
    const query = `fieldManager=${fieldManager}&fieldValidation=Strict&force=${force}${dryRun ? "&dryRun=All" : ""}`;
    return this.ask("PATCH", `${await this.pathOf(named(object))}?${query}`, object, "application/apply-patch+yaml");
  }

  /** Creates with strict validation of fields. */
  async create(object: KubernetesObject, { dryRun = false }: Pick<ApplyOptions, "dryRun"> = {}): Promise<LiveObject> {
    const { apiVersion, kind, namespace } = named(object);
    return this.ask("POST", `${await this.pathOf({ apiVersion, kind, namespace })}?fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`, object);
  }

  /** A JSON merge patch (RFC 7386), of the object or of its `status`. */
  async merge(what: Named & { readonly name: string }, patch: unknown, subresource = ""): Promise<LiveObject> {
    return this.ask("PATCH", `${await this.pathOf(what)}${subresource}?fieldManager=${fieldManagerDefault}`, patch, "application/merge-patch+json");
  }

  /**
   * Calls `seen` with every object of a kind as it is now, and with each again when it changes. Ends with the function that it returns; `failed`
   * gets what ended it otherwise. A server ends the watch of who reads too slowly: it is opened again, and what changed meanwhile is seen.
   */
  async watch(what: Named, seen: (object: LiveObject) => void, failed: (error: Error) => void): Promise<() => void> {
    const path = `${await this.pathOf(what)}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const headers = { authorization: `Bearer ${this.#token}`, accept: "application/json" };
    let ended = false;
    const fail = (error: Error): void => {
      if (!ended) failed(error);
    };
    const open = (): ClientRequest => {
      const sent = request(`${this.#url}${path}`, { headers, agent: this.#agent });
      sent.on("error", fail);
      sent.on("response", (response) => {
        response.on("error", fail);
        if (response.statusCode !== 200) return fail(new Error(`watch ${path}: ${response.statusCode}`));
        const lines = createInterface({ input: response });
        lines.on("error", fail);
        lines.on("line", (line) => {
          const { type, object } = JSON.parse(line) as { type: string; object: LiveObject };
          if (type === "ADDED" || type === "MODIFIED") seen(object);
        });
        response.on("end", () => {
          if (!ended) current = open();
        });
      });
      sent.end();
      return sent;
    };
    let current = open();
    return () => {
      ended = true;
      current.destroy();
    };
  }

  async delete(what: Named & { readonly name: string }): Promise<void> {
    const answer = await this.raw("DELETE", await this.pathOf(what));
    if (answer.status >= 400 && answer.status !== 404) throw new ApiRefusal(`DELETE ${what.kind} ${what.name}`, answer);
  }

  close(): void {
    this.#agent.destroy();
  }
}

import { FoglineError, textOf } from "@fogline/findings";
import { type Blob, digestOf, manifestTypes, mediaTypeOf } from "./blob.ts";
import type { Credentials } from "./credentials.ts";
import { loginAt } from "./login.ts";
import { isLoopback, isProtected } from "./protected.ts";

/** One repository of a registry, over https://github.com/opencontainers/distribution-spec. Every method throws FL3294 where the registry refuses, FL3295 where it does not do what it should. */
export interface Repository {
  /** Registry and name, as signatures say it. */
  readonly reference: string;
  /** The bytes of a manifest by tag or digest; `undefined` where there is none. */
  manifest(reference: string): Promise<Buffer | undefined>;
  /** Uploads a blob where the registry does not have it. Whether it was uploaded. */
  putBlob(blob: Blob): Promise<boolean>;
  /** Stores a manifest under a tag or its digest. Whether the registry lists it among those that refer to its subject. */
  putManifest(reference: string, manifest: Buffer): Promise<boolean>;
}

export interface RepositoryOptions {
  /** Host, with a port where it is not that of https. */
  readonly registry: string;
  readonly name: string;
  readonly credentials?: Credentials;
  /** How requests are sent; default this process's own `fetch`. */
  readonly fetch?: typeof fetch;
}

/** No registry takes as long for one request, what is sent apart. */
const timeoutMs = 60_000;
/** The slowest line that is waited for: 100 kB a second. */
const bytesPerMsMin = 100;
/** What registries take for a manifest at least, and nobody's tree comes near. */
const manifestBytesMax = 4 * 1024 * 1024;

interface Asked {
  readonly method?: string;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers other than a success that are one here. */
  readonly also?: readonly number[];
}

/** Opens a repository; nothing is sent yet. */
export const openRepository = ({ registry, name, credentials, fetch: send = fetch }: RepositoryOptions): Repository => {
  const origin = originOf(registry);
  const reference = `${registry}/${name}`;
  const within = (bytes: number) => AbortSignal.timeout(timeoutMs + Math.ceil(bytes / bytesPerMsMin));
  const limited: typeof fetch = (input, init) => send(input, { signal: within(0), ...init });
  const scope = `repository:${name}:pull,push`;
  const login = loginAt({ registry, scope, fetch: limited, ...(credentials === undefined ? {} : { credentials }) });
  let authorization: string | undefined;

  const once = (url: URL, { method = "GET", body, headers = {} }: Asked): Promise<Response> => {
    // Where a registry lets another host take the bytes, that host is told by the address alone.
    const own = authorization !== undefined && url.origin === origin ? { authorization } : {};
    const payload = body === undefined ? {} : { body: new Uint8Array(body) };
    return limited(url, { method, headers: { ...headers, ...own }, signal: within(body?.length ?? 0), ...payload });
  };
  const ask = async (path: string | URL, asked: Asked = {}): Promise<Response> => {
    const url = typeof path === "string" ? new URL(`${origin}/v2/${name}/${path}`) : path;
    if (!isProtected(url)) throw new FoglineError("FL3295", `${registry} sends to ${url.origin}, which is not protected`);
    try {
      let answer = await once(url, asked);
      if (answer.status === 401 && url.origin === origin) {
        await answer.body?.cancel();
        authorization = await login(answer);
        if (authorization !== undefined) answer = await once(url, asked);
      }
      return await judged(answer, asked);
    } catch (thrown) {
      if (thrown instanceof FoglineError) throw thrown;
      throw new FoglineError("FL3295", `${registry} does not answer: ${causeOf(thrown)}`, { cause: thrown });
    }
  };
  const judged = async (answer: Response, { method = "GET", also = [] }: Asked): Promise<Response> => {
    if (answer.ok || also.includes(answer.status)) return answer;
    const said = await complaintIn(answer);
    if (answer.status !== 401 && answer.status !== 403)
      throw new FoglineError("FL3295", `${registry} answered ${answer.status} to ${method} in ${name}${said}`);
    const who = credentials === undefined ? "without a login" : `as ${credentials.username}`;
    throw new FoglineError("FL3294", `${registry} refuses ${name} to who asks ${who}${said}`);
  };

  return {
    reference,
    manifest: async (wanted) => {
      const answer = await ask(`manifests/${wanted}`, { headers: { accept: manifestTypes.join(", ") }, also: [404] });
      const bytes = await bytesOf(answer, registry);
      if (answer.status === 404) return undefined;
      if (wanted.startsWith("sha256:") && digestOf(bytes) !== wanted) throw new FoglineError("FL3295", `${registry} gave other bytes for ${wanted}`);
      return bytes;
    },
    putBlob: async ({ descriptor: { digest }, bytes }) => {
      const there = await ask(`blobs/${digest}`, { method: "HEAD", also: [404] });
      if (there.status !== 404) return false;
      const begun = await ask("blobs/uploads/", { method: "POST" });
      const location = begun.headers.get("location");
      if (location === null) throw new FoglineError("FL3295", `${registry} does not say where to upload to`);
      const target = new URL(location, origin);
      target.searchParams.set("digest", digest);
      await ask(target, { method: "PUT", body: bytes, headers: { "content-type": "application/octet-stream" } });
      return true;
    },
    putManifest: async (wanted, manifest) => {
      const stored = await ask(`manifests/${wanted}`, { method: "PUT", body: manifest, headers: { "content-type": mediaTypeOf(manifest) } });
      return stored.headers.has("oci-subject");
    },
  };
};

/** A registry is spoken to over TLS, and one on this machine without. Throws FL3295 for what is no host. */
const originOf = (registry: string): string => {
  const url = URL.canParse(`https://${registry}`) ? new URL(`https://${registry}`) : undefined;
  if (url === undefined || url.pathname !== "/" || url.username !== "")
    throw new FoglineError("FL3295", `${registry} is not the address of a registry`);
  return isLoopback(url.hostname) ? new URL(`http://${registry}`).origin : url.origin;
};

const bytesOf = async (answer: Response, registry: string): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > manifestBytesMax) throw new FoglineError("FL3295", `${registry} answers with more than ${manifestBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** What a registry says of its refusal, `errors` of the distribution specification; nothing when it says something else. */
const complaintIn = async (answer: Response): Promise<string> => {
  const { errors } = (await answer.json().catch(() => ({}))) as { errors?: readonly { code?: unknown; message?: unknown }[] };
  const [first] = Array.isArray(errors) ? errors : [];
  return typeof first?.message === "string" ? `: ${first.message.slice(0, 200)}` : "";
};

/** Node's fetch says only "fetch failed"; why stands in the cause. */
const causeOf = (thrown: unknown): string => textOf(thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown);

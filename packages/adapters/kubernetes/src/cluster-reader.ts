import { request as plainRequest } from "node:http";
import { type RequestOptions, request as secureRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { chosenKubeconfig, type KubeconfigChoice, serverOf, unreadable } from "./kubeconfig.ts";

/** What names the objects of a kind in one namespace. */
export interface Kind {
  /** Group and version, such as `kustomize.toolkit.fluxcd.io/v1`. */
  readonly apiVersion: string;
  /** As it stands in a path, such as `kustomizations`. */
  readonly plural: string;
  readonly namespace: string;
}

/** A cluster that is only read. */
export interface ClusterReader {
  /** Its address, for messages. */
  readonly server: string;
  /** Objects of a kind; none where the cluster does not know the kind. Rejects with FL4065 when the cluster does not answer or refuses. */
  list(kind: Kind): Promise<Record<string, unknown>[]>;
}

const timeoutMs = 15_000;
/** How long a server is asked again that says it cannot answer yet, as it does of a kind that it has just been told of. */
const patienceMs = 30_000;
const bodyBytesMax = 64 * 1024 * 1024;

/**
 * The cluster that a kubeconfig names: the file that is given, else those of the environment variable KUBECONFIG, else the one in the home folder; its
 * current context unless another is named. Throws FL4065 for a file that cannot be read, and for a context that is not in it.
 */
export const clusterReader = (choice: KubeconfigChoice = {}): ClusterReader => {
  const config = chosenKubeconfig(choice);
  const server = serverOf(config);
  // Once for all lists: a kubeconfig may have its token made by a program.
  let options: Promise<RequestOptions> | undefined;
  return {
    server,
    list: async (kind) => {
      options ??= loggedIn(config, server);
      return list(server, await options, kind);
    },
  };
};

/** Certificates, tokens, programs that fetch tokens, proxies: whatever the kubeconfig asks for. */
const loggedIn = async (config: KubeConfig, server: string): Promise<RequestOptions> => {
  const options: RequestOptions = { timeout: timeoutMs, headers: { accept: "application/json" } };
  await config.applyToHTTPSOptions(options).catch((error: unknown) => {
    throw unreadable(`${server}: the login of the kubeconfig does not work: ${(error as Error).message}`);
  });
  return options;
};

const list = async (server: string, options: RequestOptions, { apiVersion, plural, namespace }: Kind): Promise<Record<string, unknown>[]> => {
  const url = `${server}/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
  const { status, text } = await getWhenReady(url, options).catch((error: unknown) => {
    throw unreadable(`${server} does not answer: ${(error as Error).message || (error as { code?: string }).code}`);
  });
  if (status === 404) return [];
  if (status !== 200) throw unreadable(`${server} refuses to list ${plural} in ${namespace}: ${messageIn(text) ?? `status ${status}`}`);
  return (JSON.parse(text) as { items: Record<string, unknown>[] }).items;
};

/** What a Status object of Kubernetes says. */
const messageIn = (text: string): string | undefined => {
  try {
    return (JSON.parse(text) as { message?: string }).message;
  } catch {
    return undefined;
  }
};

interface Answer {
  readonly status: number;
  readonly text: string;
  /** Where the server says when to ask again. */
  readonly retryAfterMs?: number;
}

const getWhenReady = async (url: string, options: RequestOptions): Promise<Answer> => {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const answer = await get(url, options);
    if (answer.retryAfterMs === undefined || performance.now() + answer.retryAfterMs > untilMs) return answer;
    await sleep(answer.retryAfterMs);
  }
};

const get = (url: string, options: RequestOptions): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = url.startsWith("http:") ? plainRequest : secureRequest;
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bodyBytesMax) response.destroy(new Error(`the answer is larger than ${bodyBytesMax} bytes`));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const seconds = status === 429 || status === 503 ? Number(response.headers["retry-after"]) : Number.NaN;
        resolve({
          status,
          text: Buffer.concat(chunks).toString("utf8"),
          ...(Number.isFinite(seconds) ? { retryAfterMs: Math.max(seconds, 0.2) * 1_000 } : {}),
        });
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)));
    sent.on("error", reject);
    sent.end();
  });

import type { IncomingMessage, ServerResponse } from "node:http";
import { fail, ok, type Result, textOf } from "@fogline/findings";
import type { Clock } from "@fogline/ports";
import type { RpcLog } from "@fogline/rpc";
import { problemText } from "@fogline/service";
import type { GatewayConfig } from "../config.ts";
import { RateLimit } from "../rate.ts";
import type { IdentityRequests } from "./identity-requests.ts";
import type { Peer, Refusal } from "./peer.ts";

export interface IdentityHttpParts {
  readonly requests: IdentityRequests;
  /** Who the certificate of a request belongs to; one that ended less than `graceMs` ago counts too. */
  readonly peerOf: (request: IncomingMessage, graceMs: number) => Promise<Result<Peer, Refusal>>;
  readonly clock: Clock;
  readonly log: RpcLog;
  readonly config: Pick<GatewayConfig, "addressRatePerSecond" | "rateBurstSeconds" | "signInFailuresPerMinute" | "renewalGraceMs">;
}

/** A key and its proof are below 1 KiB. */
const bodyBytesMax = 16_384;

/** Answers `POST /enrol`, `/renew` and `/token`. Everything else belongs to a WebSocket. */
export const identityHttp = ({ requests, peerOf, clock, log, config }: IdentityHttpParts) => {
  const addresses = new RateLimit({ perSecond: config.addressRatePerSecond, burstSeconds: config.rateBurstSeconds });
  const failures = new RateLimit({ perSecond: config.signInFailuresPerMinute / 60, burstSeconds: 60 });

  const routes: Readonly<Record<string, (request: IncomingMessage) => Promise<Result<unknown, Refusal>>>> = {
    "/enrol": async (request) => {
      const body = await bodyOf(request);
      return body.ok ? requests.enrol(body.value) : body;
    },
    "/renew": async (request) => {
      const peer = await peerOf(request, config.renewalGraceMs);
      if (!peer.ok) return peer;
      const body = await bodyOf(request);
      return body.ok ? requests.renew(peer.value, body.value) : body;
    },
    "/token": async (request) => {
      const peer = await peerOf(request, 0);
      return peer.ok ? requests.token(peer.value) : peer;
    },
  };

  const admitted = async (request: IncomingMessage): Promise<Result<unknown, Refusal>> => {
    const address = request.socket.remoteAddress ?? "";
    const nowMs = clock.monotonicMs();
    const run = routes[request.url?.split("?", 1)[0] ?? ""];
    if (run === undefined || request.method !== "POST") return fail(webSocketOnly);
    if (addresses.take(address, nowMs) > 0 || !failures.allows(address, nowMs)) return fail(tooMany);
    const answer = await run(request);
    if (!answer.ok && (answer.failure.status === 401 || answer.failure.status === 403)) failures.take(address, nowMs);
    return answer;
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    admitted(request)
      .catch((thrown: unknown): Result<never, Refusal> => {
        log.error({ cause: textOf(thrown), path: request.url }, "a device's request failed");
        return fail({ status: 500, code: "FL4011", message: "the request failed inside the gateway" });
      })
      .then((answer) => send(response, request, answer));
  };
};

const webSocketOnly: Refusal = { status: 426, code: "FL4018", message: "agents connect here by WebSocket at /agent" };
const tooMany: Refusal = { status: 429, code: "FL4007", message: "this address sends too many requests; wait" };

const send = (response: ServerResponse, request: IncomingMessage, answer: Result<unknown, Refusal>): void => {
  if (answer.ok) {
    response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(JSON.stringify(answer.value));
    return;
  }
  const { status, code, message } = answer.failure;
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(status === 426 ? { upgrade: "websocket" } : {}),
    ...(status === 429 ? { "retry-after": "2" } : {}),
    // What is left of a body that nobody reads is not worth reading.
    ...(request.complete ? {} : { connection: "close" }),
  });
  response.end(problemText(code, status, message));
};

const bodyOf = async (request: IncomingMessage): Promise<Result<unknown, Refusal>> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) return fail({ status: 413, code: "FL4006", message: `the body is larger than ${bodyBytesMax} bytes` });
      chunks.push(chunk);
    }
    return ok(JSON.parse(Buffer.concat(chunks).toString()));
  } catch {
    return fail({ status: 400, code: "FL4018", message: "the body is not JSON" });
  }
};

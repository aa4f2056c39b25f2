import type { Code } from "@fogline/findings";
import { problemText } from "@fogline/service";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";

/**
 * The problem that an error outside of the API's own routes is: fastify refuses a request with a 4xx status, everything else is a fault here,
 * whose cause is not told: the log has it under the request id.
 */
export const problemOf = ({ code, statusCode = 500, message }: Pick<FastifyError, "code" | "statusCode" | "message">) => {
  if (statusCode >= 500) return { code: "FL4011", status: 500, detail: "the request failed inside the service" } as const;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return { code: "FL4006", status: 413, detail: message } as const;
  return { code: "FL4018", status: statusCode, detail: message } as const;
};

export const sendProblem = (reply: FastifyReply, request: FastifyRequest, code: Code, status: number, detail: string): FastifyReply => {
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply
    .code(status)
    .type("application/problem+json")
    .send(problemText(code, status, detail, request.id));
};

export { checkHealth, deliverEvent, registerService, type ServiceEvent, stopService } from "@fogline/contracts";
export { answersKeptMs, answersMigration } from "./answers.ts";
export type { BreakerOptions } from "./breaker.ts";
export { backoffMs } from "./call.ts";
export { type CallOptions, type Client, type ClientOptions, createClient, type FollowOptions } from "./client.ts";
export type { AnyDatabase, AnyTransaction } from "./database.ts";
export type { EventOptions } from "./events.ts";
export type { AnyFailure, CallFailure } from "./failure.ts";
export { CallError, type PollOptions } from "./follow.ts";
export {
  type CallContext,
  type Handler,
  handle,
  handleStream,
  type OperationHandler,
  type StreamHandler,
  type StreamItem,
  type StreamPage,
} from "./handle.ts";
export { type HttpOptions, mountHttp } from "./http.ts";
export { type ProblemDetails, problemOf, sendProblem } from "./http-problem.ts";
export type { Problem } from "./json.ts";
export type { Exchange, Observe, RpcLog } from "./observe.ts";
export { emit, outboxMigration } from "./outbox.ts";
export { type Relay, type RelayOptions, startRelay } from "./relay.ts";
export { type Served, type ServeOptions, serve } from "./serve.ts";
export type { Principal } from "./wire.ts";

export * from "@fogline/contracts";
export { type Finding, FoglineError } from "@fogline/findings";
export type { Remedies } from "./answer.ts";
export { createHubClient, type HubClient, type HubClientOptions } from "./client.ts";
export type { Tokens, TokensOption } from "./credentials.ts";
export type { CallOptions, FollowOptions, StreamItem } from "./groups.ts";

import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "@opentelemetry/api";

/** What is being handled where this code runs. */
export interface Scope {
  readonly correlationId: string;
  /** The span of the handled operation and what it belongs to; absent when spans are off. */
  readonly trace?: Context;
}

const scopes = new AsyncLocalStorage<Scope>();

export const currentScope = (): Scope | undefined => scopes.getStore();

export const runIn = <Value>(scope: Scope, run: () => Value): Value => scopes.run(scope, run);

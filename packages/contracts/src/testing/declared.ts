// Stryker disable all: finds what the tests look at.
import type { Contract, EventDeclaration, Operation, Stream } from "../kernel/declaration.ts";

/** Every contract among the exports of the package. */
export const contractsIn = (exported: object): readonly Contract[] =>
  Object.values(exported).filter((value): value is Contract => typeof value === "object" && value !== null && "kind" in value && "summary" in value);

export const isOperation = (contract: Contract): contract is Operation => contract.kind === "operation";
export const isStream = (contract: Contract): contract is Stream => contract.kind === "stream";
export const isEvent = (contract: Contract): contract is EventDeclaration => contract.kind === "event";

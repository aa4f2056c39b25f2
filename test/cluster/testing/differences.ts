import type { Finding } from "@fogline/findings";
import type { Case } from "./edits.ts";

/** Something that check refuses and the API server takes. */
interface Difference {
  readonly what: string;
  /** Why check has it so. */
  readonly why: string;
  readonly covers: (one: Case, finding: Finding) => boolean;
}

const hasNull = (value: unknown): boolean => value === null || (typeof value === "object" && Object.values(value).some(hasNull));

/** Where check is the stricter one, on purpose. There is nothing that the API server refuses and check takes. */
export const stricter: readonly Difference[] = [
  {
    what: "a null",
    why: "the API server reads it as nothing, and in the rules of a NetworkPolicy as everybody: whoever writes it means something else",
    covers: ({ object }) => hasNull(object),
  },
  {
    what: "no word where there is a choice of some",
    why: "the API server takes its default, which nobody reads out of an empty text",
    covers: (_, { message }) => /must be equal to one of the allowed values/.test(message),
  },
  {
    what: "less than the published schema requires",
    why: "the API server fills it in; the schema may be enforced by the next version",
    covers: (_, { message }) => /must have required property/.test(message),
  },
  {
    what: "an image, a host name or labels in a template that no pod or Job may have",
    why: "the template is taken, and each pod made from it is refused: the workload never runs",
    covers: (_, { message }) => /ontainers\.\d+\.image |\.hostname |\.jobTemplate\.metadata\.labels/.test(message),
  },
  {
    what: "a name that is none, of a PodDisruptionBudget or a LimitRange",
    why: "the API server forgets to look at the names of these two; kubectl and Flux cannot address what it then stores",
    covers: ({ kind }, { message }) => ["policy/v1/PodDisruptionBudget", "v1/LimitRange"].includes(kind) && /metadata\.name/.test(message),
  },
  {
    what: "a source of the FluxInstance that is no URL",
    why: "the definition takes any text, and the operator cannot make a source of it",
    covers: (_, { message }) => /must be a URL of/.test(message),
  },
];

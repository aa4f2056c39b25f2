/** How bad a finding is. `error` refuses the input, `warning` lets it through and says so, `info` only informs. */
export type Severity = "error" | "warning" | "info";

/** Where a finding is: a file position, a path inside a document, or both. Lines and columns count from 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
}

/** Something a person should know about an input, with its remedy. `code` is one of the codes in the catalogue (`codes.ts`). */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place?: Place;
  /** The offending value as the person wrote it. Never set for a secret. */
  readonly value?: string;
  readonly remedy?: string;
  /** The cluster whose tree it is in. */
  readonly cluster?: string;
  /** The object of a tree that it is about, as people name it, such as `Deployment fogline/gateway`. `place` is then the line that caused it. */
  readonly object?: string;
  /** The file of that object, from the repository's root. */
  readonly objectFile?: string;
}

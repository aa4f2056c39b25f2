import type { Answer, JsonSchema, OpenApiDocument, OperationObject, Parameter } from "@fogline/contracts/openapi";

export type { Answer, JsonSchema, OpenApiDocument, OperationObject, Parameter };

/** An operation and where it is met. */
export interface Operation extends OperationObject {
  readonly method: string;
  readonly path: string;
}

export interface Area {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly Operation[];
}

/** What an operation may fail with: a status, a code and, where the operation declares the failure itself, its name. */
export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly name: string | null;
}

export interface CodeEntry {
  readonly title: string;
  readonly remedy: string;
  readonly handling: "stall" | "wait" | "retry";
  readonly status?: number;
}

/** The document with everything that refers to something else looked up. */
export class Reference {
  readonly document: OpenApiDocument;
  readonly operations: readonly Operation[];
  readonly areas: readonly Area[];

  constructor(document: OpenApiDocument) {
    this.document = document;
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
    );
    this.areas = document.tags.map(({ name, description }) => ({
      name,
      description,
      operations: this.operations.filter(({ tags }) => tags.includes(name)),
    }));
  }

  get records(): readonly (readonly [name: string, schema: JsonSchema])[] {
    return Object.entries(this.document.components.schemas);
  }

  get codes(): readonly (readonly [code: string, entry: CodeEntry])[] {
    return Object.entries(this.document["x-codes"] as Readonly<Record<string, CodeEntry>>);
  }

  operation(id: string): Operation | undefined {
    return this.operations.find(({ operationId }) => operationId === id);
  }

  record(name: string): JsonSchema | undefined {
    return this.document.components.schemas[name];
  }

  /** Parameters of path and query first, then headers. */
  parameters({ parameters }: Operation): readonly Parameter[] {
    return parameters.flatMap((parameter) => {
      const found = "$ref" in parameter ? this.document.components.parameters[lastOf(parameter.$ref)] : parameter;
      return found === undefined ? [] : [found];
    });
  }

  body({ requestBody }: Operation): { readonly schema: JsonSchema; readonly example?: unknown; readonly required: boolean } | undefined {
    const content = requestBody?.content["application/json"];
    return content === undefined ? undefined : { ...content, required: requestBody?.required === true };
  }

  /** What a call answers when it goes well: JSON, or the item of a stream. */
  success(operation: Operation): { readonly description: string; readonly schema: JsonSchema; readonly isStream: boolean } {
    const answer = operation.responses["200"] as Answer;
    const events = answer.content?.["text/event-stream"];
    const schema = events?.["x-item-schema"] ?? answer.content?.["application/json"]?.schema ?? {};
    return { description: answer.description, schema, isStream: events !== undefined };
  }

  failures(operation: Operation): readonly Failure[] {
    const names = Object.entries(operation["x-failures"]);
    return Object.entries(operation.responses).flatMap(([status, answer]) => {
      if (Number(status) < 400 || !("$ref" in answer)) return [];
      return lastOf(answer.$ref)
        .split("-")
        .flatMap((code): Failure[] => {
          const facts = { status: Number(status), code, title: this.document["x-codes"][code]?.title ?? "" };
          const declared = names.filter(([, own]) => own === code).map(([name]) => ({ ...facts, name }));
          return declared.length > 0 ? declared : [{ ...facts, name: null }];
        });
    });
  }

  /** The schema that a reference names, under its name. */
  resolve(schema: JsonSchema): { readonly schema: JsonSchema; readonly name: string | null } {
    if (schema.$ref === undefined) return { schema, name: null };
    const name = lastOf(schema.$ref);
    return { schema: this.record(name) ?? {}, name };
  }
}

export const lastOf = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

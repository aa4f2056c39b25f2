import type { Operation, Reference } from "./document.ts";

/** How an operation is asked on a command line, with the address and the token in the environment. */
export const curlOf = (reference: Reference, operation: Operation): string => {
  const body = reference.body(operation);
  const parameters = reference.parameters(operation);
  const path = parameters
    .filter((parameter) => parameter.in === "path")
    .reduce((text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(String(example ?? name))), operation.path);
  const query = new URLSearchParams(
    parameters.filter((parameter) => parameter.in === "query" && parameter.example !== undefined).map(({ name, example }) => [name, String(example)]),
  ).toString();
  const { isStream } = reference.success(operation);
  const options = [
    ...(isStream ? ["--no-buffer"] : []),
    ...(operation.method === "GET" ? [] : [`-X ${operation.method}`]),
    ...(operation["x-role"] === "anyone" ? [] : ['-H "Authorization: Bearer $FOGLINE_TOKEN"']),
    ...(parameters.some(({ name }) => name === "Idempotency-Key") ? ['-H "Idempotency-Key: $(uuidgen)"'] : []),
    ...(body?.example === undefined ? [] : ["--json", quoted(JSON.stringify(body.example))].join(" ").split("\n")),
  ];
  return [`curl "$FOGLINE_URL${path}${query === "" ? "" : `?${query}`}"`, ...options].join(" \\\n  ");
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The same with the typed client. */
export const callOf = (reference: Reference, operation: Operation): string => {
  const request = requestOf(reference, operation);
  const given = Object.keys(request).length === 0 ? "" : literal(request, 0);
  const { isStream } = reference.success(operation);
  return isStream
    ? `for await (const { cursor, item } of client.${operation.operationId}(${given})) {\n  console.log(cursor, item);\n}`
    : `const answer = await client.${operation.operationId}(${given});`;
};

const requestOf = (reference: Reference, operation: Operation): Readonly<Record<string, unknown>> => {
  const parameters = reference.parameters(operation).filter((parameter) => parameter.in !== "header" && parameter.example !== undefined);
  const body = reference.body(operation)?.example;
  return {
    // A flag of a query is text on its way, and the contract says so.
    ...Object.fromEntries(parameters.map(({ name, example }) => [name, typeof example === "boolean" ? String(example) : example])),
    ...(body as object | undefined),
  };
};

const lineLengthMax = 76;

/** A value as TypeScript: on one line where that is short. */
const literal = (value: unknown, depth: number): string => {
  const short = oneLine(value);
  if (short.length + depth * 2 <= lineLengthMax || typeof value !== "object" || value === null) return short;
  const indent = "  ".repeat(depth + 1);
  const lines = Array.isArray(value)
    ? value.map((part) => `${indent}${literal(part, depth + 1)},`)
    : Object.entries(value).map(([key, part]) => `${indent}${keyText(key)}: ${literal(part, depth + 1)},`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return [open, ...lines, `${"  ".repeat(depth)}${close}`].join("\n");
};

const oneLine = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, part]) => `${keyText(key)}: ${oneLine(part)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
};

const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

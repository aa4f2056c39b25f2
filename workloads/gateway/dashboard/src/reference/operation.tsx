import { CodeBlock } from "./code-block.tsx";
import type { JsonSchema, Operation, Reference } from "./document.ts";
import { callOf, curlOf } from "./example.ts";
import { alternativesOf, fieldsOf, rowOf, typeOf } from "./fields.ts";
import { FieldsTable, TypeText } from "./fields-table.tsx";
import { Prose } from "./prose.tsx";

interface Props {
  readonly reference: Reference;
  readonly operation: Operation;
}

const roleText: Readonly<Record<string, string>> = { anyone: "anyone", user: "user or admin", node: "node or admin", admin: "admin" };

/** The path with its parameters set apart. */
const Path = ({ path }: { readonly path: string }) => (
  <code class="path">{path.split(/(\{\w+\})/).map((part, index) => (index % 2 === 1 ? <var key={index}>{part.slice(1, -1)}</var> : part))}</code>
);

export const OperationView = ({ reference, operation }: Props) => {
  const { operationId, method, path, summary, description } = operation;
  const role = operation["x-role"];
  return (
    <article id={operationId} class="operation" tabIndex={-1} aria-labelledby={`${operationId}-name`}>
      <h2 id={`${operationId}-name`}>
        <a class="anchor" href={`#${operationId}`}>
          {operationId}
        </a>
      </h2>
      <p class="route">
        <span class={`method ${method.toLowerCase()}`}>{method}</span> <Path path={path} />
        <span class="role">
          <span class="hidden">may be asked by </span>
          {roleText[role] ?? role}
        </span>
      </p>
      <p class="summary">
        <Prose text={summary} />
      </p>
      <p class="quiet">
        <Prose text={description} />
      </p>
      <Request reference={reference} operation={operation} />
      <AnswerView reference={reference} operation={operation} />
      <Failures reference={reference} operation={operation} />
      <h3>Example</h3>
      <CodeBlock label="curl" text={curlOf(reference, operation)} />
      <CodeBlock label="TypeScript" text={callOf(reference, operation)} />
    </article>
  );
};

const Request = ({ reference, operation }: Props) => {
  const body = reference.body(operation);
  const parameters = reference.parameters(operation).map((parameter) => ({
    ...rowOf(parameter.name, parameter.schema, parameter.required === true),
    description: parameter.description ?? null,
    place: parameter.in,
  }));
  const alternatives = body === undefined ? undefined : alternativesOf(reference.resolve(body.schema).schema);
  const inBody =
    body === undefined || alternatives !== undefined ? [] : fieldsOf(reference.resolve(body.schema).schema).map((row) => ({ ...row, place: "body" }));
  const rows = [...parameters, ...inBody];
  if (rows.length === 0 && alternatives === undefined) return null;
  return (
    <>
      <h3>Request</h3>
      {rows.length > 0 && <FieldsTable caption={`Request of ${operation.operationId}`} rows={rows} of="request" />}
      {alternatives !== undefined && <Alternatives caption={`Body of ${operation.operationId}`} options={alternatives} of="request" />}
    </>
  );
};

interface AlternativesProps {
  readonly caption: string;
  readonly options: readonly JsonSchema[];
  readonly of: "request" | "answer";
}

/** One of several objects: a table for each. */
export const Alternatives = ({ caption, options, of }: AlternativesProps) => (
  <>
    {options.map((option, index) => (
      <div key={index} class="alternative">
        <p class="quiet">{index === 0 ? "Either" : "or"}</p>
        <FieldsTable caption={`${caption}, alternative ${index + 1}`} rows={fieldsOf(option)} of={of} />
      </div>
    ))}
  </>
);

const AnswerView = ({ reference, operation }: Props) => {
  const { description, schema, isStream } = reference.success(operation);
  const { schema: resolved, name } = reference.resolve(schema);
  const rows = fieldsOf(resolved);
  return (
    <>
      <h3>Answer</h3>
      <p>
        <Prose text={description} />
        {name !== null && (
          <>
            {isStream ? " Each item is a " : " A "}
            <TypeText parts={typeOf(schema)} />.
          </>
        )}
        {name === null && rows.length === 0 && " The object is empty."}
      </p>
      {rows.length > 0 && <FieldsTable caption={`Answer of ${operation.operationId}`} rows={rows} of="answer" />}
    </>
  );
};

const Failures = ({ reference, operation }: Props) => (
  <>
    <h3>Errors</h3>
    <ul class="failures">
      {reference.failures(operation).map(({ status, code, title, name }) => (
        <li key={`${code} ${name}`}>
          <span class="status">{status}</span> <a href={`#${code}`}>{code}</a> <span>{title}</span>
          {name !== null && (
            <span class="quiet">
              {" "}
              <code>{name}</code>
            </span>
          )}
        </li>
      ))}
    </ul>
  </>
);

import { CodeBlock } from "./code-block.tsx";
import type { Reference } from "./document.ts";
import { alternativesOf, fieldsOf, rowOf, typeOf } from "./fields.ts";
import { FieldsTable, TypeText } from "./fields-table.tsx";
import { Alternatives, OperationView } from "./operation.tsx";
import { areaId } from "./place.ts";
import { Prose } from "./prose.tsx";

interface Props {
  readonly reference: Reference;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const curlStart = `export FOGLINE_URL=${"$(cat .fogline/hub.url)"} FOGLINE_TOKEN=${"$(cat .fogline/admin.token)"}
curl "$FOGLINE_URL/api/nodes?status=online" -H "Authorization: Bearer $FOGLINE_TOKEN"`;
const callStart = `import { createHubClient } from "@fogline/client";

const client = createHubClient({ url: "http://127.0.0.1:3000", token });
const { nodes } = await client.nodes.list({ status: "online" });`;

/** What one needs to know before the first request. */
export const Start = ({ reference }: Props) => {
  const { info } = reference.document;
  const paragraphs = String(info.description).split("\n\n");
  return (
    <section class="start">
      <h1 id="top" tabIndex={-1}>
        {plural(reference.operations.length, "operation")} in {plural(reference.areas.length, "area")}, version {info.version}
      </h1>
      {paragraphs.map((text) => (
        <p key={text}>
          <Prose text={text} />
        </p>
      ))}
      <h2>First request</h2>
      <CodeBlock label="curl" text={curlStart} />
      <CodeBlock label="TypeScript" text={callStart} />
      <h2>Areas</h2>
      <dl class="areas">
        {reference.areas.map(({ name, description, operations }) => (
          <div key={name}>
            <dt>
              <a href={`#${areaId(name)}`}>{name}</a> <span class="quiet">{operations.length}</span>
            </dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        The same for programs: <a href="/openapi.json">openapi.json</a> (OpenAPI {reference.document.openapi}).
      </p>
    </section>
  );
};

export const AreaView = ({ reference, name }: Props & { readonly name: string }) => {
  const area = reference.areas.find((candidate) => candidate.name === name);
  if (area === undefined) return null;
  return (
    <>
      <h1 id="top" tabIndex={-1}>
        {area.name}
      </h1>
      <p class="lead">{area.description}</p>
      {area.operations.map((operation) => (
        <OperationView key={operation.operationId} reference={reference} operation={operation} />
      ))}
    </>
  );
};

export const Records = ({ reference }: Props) => (
  <>
    <h1 id="top" tabIndex={-1}>
      {plural(reference.records.length, "record")} that requests and answers name
    </h1>
    {reference.records.map(([name, schema]) => {
      const alternatives = alternativesOf(schema);
      const rows = fieldsOf(schema);
      return (
        <article key={name} id={name} class="operation" tabIndex={-1} aria-labelledby={`${name}-name`}>
          <h2 id={`${name}-name`}>
            <a class="anchor" href={`#${name}`}>
              {name}
            </a>
          </h2>
          {typeof schema.description === "string" && (
            <p>
              <Prose text={schema.description} />
            </p>
          )}
          {rows.length > 0 && <FieldsTable caption={`Fields of ${name}`} rows={rows} of={name.endsWith("Input") ? "request" : "answer"} />}
          {alternatives !== undefined && <Alternatives caption={name} options={alternatives} of="answer" />}
          {rows.length === 0 && alternatives === undefined && (
            <p>
              <TypeText parts={typeOf(schema)} /> <span class="bounds">{rowOf(name, schema, true).bounds.join(", ")}</span>
            </p>
          )}
        </article>
      );
    })}
  </>
);

const handlings = { stall: "a person has to act", wait: "passes when something else changes", retry: "try again" } as const;

export const Codes = ({ reference }: Props) => (
  <>
    <h1 id="top" tabIndex={-1}>
      {plural(reference.codes.length, "code")} that an error may have
    </h1>
    <p class="lead">
      Every error is <code>application/problem+json</code>, a <a href="#Problem">Problem</a>. Its code never changes its meaning.
    </p>
    {reference.codes.map(([code, { title, remedy, handling, status }]) => (
      <article key={code} id={code} class="operation code" tabIndex={-1} aria-labelledby={`${code}-name`}>
        <h2 id={`${code}-name`}>
          <a class="anchor" href={`#${code}`}>
            {code}
          </a>{" "}
          <span class="quiet">{status}</span>
        </h2>
        <p>{title}</p>
        <p>
          <span class="quiet">What to do: </span>
          <Prose text={remedy} />
        </p>
        <p class="quiet">Handling: {handlings[handling]}.</p>
      </article>
    ))}
  </>
);

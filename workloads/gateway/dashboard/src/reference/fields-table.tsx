import { Fragment } from "preact";
import type { FieldRow, TypePart } from "./fields.ts";
import { Prose } from "./prose.tsx";

export const TypeText = ({ parts }: { readonly parts: readonly TypePart[] }) => (
  <>
    {parts.map((part, index) => (
      <Fragment key={index}>
        {"record" in part ? (
          <a href={`#${part.record}`}>{part.record}</a>
        ) : "literal" in part ? (
          <code class="literal">{part.literal}</code>
        ) : (
          part.text
        )}
      </Fragment>
    ))}
  </>
);

interface FieldsTableProps {
  /** What the table is of, for those who hear it. */
  readonly caption: string;
  readonly rows: readonly (FieldRow & { readonly place?: string })[];
  /** Requests say which fields are required; answers have all of them unless said. */
  readonly of: "request" | "answer";
}

/** Fields with what they hold, their bounds and what they mean. */
export const FieldsTable = ({ caption, rows, of }: FieldsTableProps) => (
  <table class="fields">
    <caption class="hidden">{caption}</caption>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Holds</th>
        <th scope="col">Meaning</th>
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={`${row.place} ${row.name}`}>
          <th scope="row">
            <code>{row.name}</code>
            {row.place !== undefined && <span class="quiet"> {row.place}</span>}
            {of === "request" && row.required && <span class="required"> required</span>}
            {of === "answer" && !row.required && <span class="quiet"> may be absent</span>}
          </th>
          <td>
            <TypeText parts={row.type} />
            {row.bounds.length > 0 && <span class="bounds">{row.bounds.join(", ")}</span>}
            {row.pattern !== null && (
              <span class="bounds">
                matches <code>{row.pattern}</code>
              </span>
            )}
          </td>
          <td>{row.description !== null && <Prose text={row.description} />}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

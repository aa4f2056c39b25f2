/** A column of a table by its title; numbers stand at the right, and what they count stands beside the title. */
export type Column = string | { readonly title: string; readonly number?: boolean; readonly unit?: string };

interface ColumnsProps {
  readonly columns: readonly Column[];
}

const partsOf = (column: Column) => (typeof column === "string" ? { title: column } : column);

/** The columns of a table whose widths its style gives, and the row that names them. */
export const Columns = ({ columns }: ColumnsProps) => (
  <>
    <colgroup>
      {columns.map((column) => (
        <col key={partsOf(column).title} />
      ))}
    </colgroup>
    <Heads columns={columns} />
  </>
);

/** The row that names the columns of a table. */
export const Heads = ({ columns }: ColumnsProps) => (
  <thead>
    <tr>
      {columns.map((column) => {
        const { title, number = false, unit = "" } = partsOf(column);
        return (
          <th key={title} scope="col" class={number ? "number" : ""}>
            {title}
            {unit !== "" && <span class="unit"> {unit}</span>}
          </th>
        );
      })}
    </tr>
  </thead>
);

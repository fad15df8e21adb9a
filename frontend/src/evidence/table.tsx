import type { Item } from "../messages";
import { Marked, plain, type Text } from "../text/marked_text";
import { counted } from "../text/quantities";
import { charactersOfTable, useDisplayed } from "./display_tracker";

type TableState = NonNullable<Item["table"]>;

/** The beginning of a DataFrame, and how much of it there is. */
export function Table({ table, label, path }: { table: TableState; label: Text; path: string }) {
  useDisplayed(path, 0, charactersOfTable(table), true);
  const [rows = 0, columns = 0] = table.size;
  const indexed = (table.rows[0]?.length ?? 0) > table.columns.length;
  const cut = rows > table.rows.length || columns > table.columns.length;
  return (
    <div class="hitl-table" role="region" aria-label={`${plain(label)}, table`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {indexed && <td />}
            {table.columns.map((column, index) => (
              <th key={index} scope="col">
                <Marked text={column} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) =>
                indexed && place === 0 ? (
                  <th key={place} scope="row">
                    <Marked text={cell} />
                  </th>
                ) : (
                  <td key={place} class={isNumber(cell) ? "number" : ""}>
                    <Marked text={cell} />
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        {counted(rows, "row")} × {counted(columns, "column")}
        {cut && `, of which ${table.rows.length} × ${table.columns.length} are shown`}
      </p>
    </div>
  );
}

function isNumber(cell: Text): boolean {
  return /^-?[\d.,]+(e[+-]?\d+)?%?$/.test(plain(cell));
}

import { visible } from "../parts/visible";
import { rows, type Schema, typeOf } from "./schema";

/** What goes in or comes out, a row for each field; the schema itself below, for those who want it exactly. */
export function SchemaTable({ schema, nothing }: { schema: Schema; nothing: string }) {
  const found = rows(schema);
  return (
    <>
      {found.length === 0 ? (
        <p className="inside soft">
          {nothing} <code>{visible(typeOf(schema, schema))}</code>
        </p>
      ) : (
        <div className="scrolls">
          <table className="plain schema">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {found.map((row, at) => (
                <tr key={at}>
                  <th scope="row" style={{ paddingLeft: 12 + 14 * row.depth }}>
                    <code>{visible(row.path)}</code>
                    {row.required && (
                      <span className="required" title="required">
                        required
                      </span>
                    )}
                  </th>
                  <td>
                    <code>{visible(row.type)}</code>
                  </td>
                  <td>
                    <bdi>{visible(row.description)}</bdi>
                    {row.rules.length > 0 && <p className="soft rules">{visible(row.rules.join(" · "))}</p>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <details className="inside">
        <summary>JSON Schema</summary>
        <pre className="scrolls">{visible(JSON.stringify(schema, null, 2))}</pre>
      </details>
    </>
  );
}

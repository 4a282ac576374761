import { useState } from "react";
import { visible } from "../parts/visible";

const SHOWN_ITEMS = 100;
const SHOWN_CHARACTERS = 2000;
const OPEN_DEPTH = 2;
const MOST_COLUMNS = 12;

/** A JSON value as a tree that opens and closes; a list of objects can be a table as well. */
export function Value({ value }: { value: unknown }) {
  return (
    <div className="value">
      <Node value={value} depth={0} />
    </div>
  );
}

function Node({ value, name, depth }: { value: unknown; name?: string; depth: number }) {
  if (value === null || typeof value !== "object") return <Leaf name={name} value={value} />;
  const entries = Object.entries(value);
  const size = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  if (entries.length === 0) return <Leaf name={name} value={value} />;
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary>
        {name !== undefined && <code className="tok-name">{visible(name)}</code>} <code>{size}</code>
      </summary>
      {columns(value) ? <Rows list={value as Row[]} depth={depth} /> : <Entries entries={entries} depth={depth} />}
    </details>
  );
}

function Entries({ entries, depth }: { entries: [string, unknown][]; depth: number }) {
  const [shown, setShown] = useState(SHOWN_ITEMS);
  return (
    <>
      {entries.slice(0, shown).map(([name, one]) => (
        <Node key={name} name={name} value={one} depth={depth + 1} />
      ))}
      <More left={entries.length - shown} more={() => setShown(shown + SHOWN_ITEMS)} />
    </>
  );
}

type Row = Record<string, unknown>;

/** The columns of a list of objects; null where a table would not help. */
function columns(value: unknown): string[] | null {
  if (!Array.isArray(value) || !value.every((one) => one !== null && typeof one === "object" && !Array.isArray(one)))
    return null;
  const names = [...new Set(value.slice(0, SHOWN_ITEMS).flatMap((one) => Object.keys(one as Row)))];
  return names.length > 0 && names.length <= MOST_COLUMNS ? names : null;
}

function Rows({ list, depth }: { list: Row[]; depth: number }) {
  const [asTree, setAsTree] = useState(false);
  const [shown, setShown] = useState(SHOWN_ITEMS);
  const names = columns(list) ?? [];
  return (
    <>
      <button type="button" className="button small quiet" aria-pressed={asTree} onClick={() => setAsTree(!asTree)}>
        {asTree ? "As a table" : "As a tree"}
      </button>
      {asTree ? (
        <Entries entries={Object.entries(list)} depth={depth} />
      ) : (
        <div className="scrolls">
          <table className="plain">
            <thead>
              <tr>
                {names.map((name) => (
                  <th key={name} scope="col">
                    {visible(name)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {list.slice(0, shown).map((row, at) => (
                <tr key={at}>
                  {names.map((name) => (
                    <td key={name}>{name in row && <Node value={row[name]} depth={OPEN_DEPTH} />}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!asTree && <More left={list.length - shown} more={() => setShown(shown + SHOWN_ITEMS)} />}
    </>
  );
}

function More({ left, more }: { left: number; more: () => void }) {
  if (left <= 0) return null;
  return (
    <button type="button" className="button small" onClick={more}>
      {Math.min(left, SHOWN_ITEMS)} more of {left}
    </button>
  );
}

const STYLES: Record<string, string> = { string: "tok-string", number: "tok-number", boolean: "tok-keyword" };

function Leaf({ name, value }: { name?: string | undefined; value: unknown }) {
  const [whole, setWhole] = useState(false);
  const text = typeof value === "string" ? visible(value) : JSON.stringify(value);
  const cut = !whole && text.length > SHOWN_CHARACTERS;
  return (
    <div className="leaf">
      {name !== undefined && <code className="tok-name">{visible(name)}</code>}{" "}
      <code className={STYLES[typeof value] ?? "tok-keyword"}>
        {typeof value === "string" && value === "" ? '""' : cut ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text}
      </code>
      {cut && (
        <button type="button" className="button small" onClick={() => setWhole(true)}>
          All {text.length.toLocaleString("en")} characters
        </button>
      )}
    </div>
  );
}

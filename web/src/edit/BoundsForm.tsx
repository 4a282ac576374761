import { useId, useState } from "react";
import type { Schema } from "../tool/schema";
import { asJson, asText, ValueField } from "./fields";
import { SCHEMA_KEYWORDS } from "./schemaKeywords";
import type { Plain } from "./yamlEdit";

type Props = { schema: Schema; set: (keyword: string, value: Plain | undefined) => void };

const OF_TYPE: Record<string, readonly string[]> = {
  string: ["minLength", "maxLength", "pattern", "format", "enum"],
  integer: ["minimum", "maximum", "multipleOf", "enum"],
  number: ["minimum", "maximum", "multipleOf", "enum"],
  array: ["minItems", "maxItems", "uniqueItems"],
};
const LABELS: Record<string, string> = {
  minLength: "At least so many characters",
  maxLength: "At most so many characters",
  pattern: "Pattern",
  format: "Format",
  enum: "Only these values, one a line",
  minimum: "At least",
  maximum: "At most",
  multipleOf: "A multiple of",
  minItems: "At least so many items",
  maxItems: "At most so many items",
  uniqueItems: "No item twice",
};

/** What the values of one parameter must be besides of its type. What is said already is shown whatever the type. */
export function BoundsForm({ schema, set }: Props) {
  const type = String(schema.type ?? "");
  const said = Object.keys(LABELS).filter((keyword) => keyword in schema);
  const shown = [...new Set([...(OF_TYPE[type] ?? []), ...said])];
  const [open] = useState(said.length > 0); // from then on as whoever writes has it
  if (shown.length === 0) return null;
  return (
    <details className="wide bounds" open={open}>
      <summary>Bounds</summary>
      <div className="parameter-fields">
        {shown.map((keyword) => (
          <Bound
            key={keyword}
            keyword={keyword}
            type={type}
            value={schema[keyword] as Plain | undefined}
            set={(value) => set(keyword, value)}
          />
        ))}
      </div>
    </details>
  );
}

type BoundProps = { keyword: string; type: string; value: Plain | undefined; set: (value: Plain | undefined) => void };

function Bound({ keyword, type, value, set }: BoundProps) {
  const label = LABELS[keyword] ?? keyword;
  if (keyword === "uniqueItems") return <Flag label={label} on={value === true} set={(on) => set(on || undefined)} />;
  if (keyword === "format") return <Format label={label} value={value} set={set} />;
  const field = { label, value, set };
  if (keyword === "enum")
    return (
      <ValueField
        {...field}
        show={asLines}
        read={type === "string" ? textLines : jsonLines}
        fault="Not yet."
        rows={3}
      />
    );
  if (keyword === "pattern") return <ValueField {...field} show={asText} read={pattern} fault="No pattern yet." />;
  const isSize = keyword.endsWith("Length") || keyword.endsWith("Items");
  return (
    <ValueField
      {...field}
      show={asText}
      read={isSize ? size : number}
      fault={isSize ? "No size yet." : "No number yet."}
    />
  );
}

type FlagProps = { label: string; on: boolean; set: (on: boolean) => void };

function Flag({ label, on, set }: FlagProps) {
  return (
    <label className="row">
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
      {label}
    </label>
  );
}

type FormatProps = { label: string; value: Plain | undefined; set: (value: Plain | undefined) => void };

function Format({ label, value, set }: FormatProps) {
  const id = useId();
  const given = typeof value === "string" ? value : "";
  const known: readonly string[] = SCHEMA_KEYWORDS.format.enum;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={given} onChange={(event) => set(event.target.value || undefined)}>
        <option value="">any</option>
        {(known.includes(given) || !given ? known : [given, ...known]).map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </div>
  );
}

function size(text: string): Plain | undefined {
  const value = number(text);
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

function number(text: string): Plain | undefined {
  const value = asJson(text);
  return typeof value === "number" ? value : undefined;
}

function pattern(text: string): Plain | undefined {
  try {
    new RegExp(text, "u");
    return text;
  } catch {
    return undefined;
  }
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
const asLines = (value: Plain) => (Array.isArray(value) ? value.map(asText).join("\n") : asText(value));

function textLines(text: string): Plain | undefined {
  const values = [...new Set(lines(text))];
  return values.length > 0 ? values : undefined;
}

function jsonLines(text: string): Plain | undefined {
  const values = lines(text).map(asJson);
  return values.length > 0 && values.every((one) => one !== undefined) ? (values as Plain[]) : undefined;
}

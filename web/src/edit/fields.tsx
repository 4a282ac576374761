/** Fields of the form whose text is written into tool.yaml as it is typed, once it is what it must be. */
import { useEffect, useId, useState } from "react";
import type { Plain } from "./yamlEdit";

type FieldProps = {
  label: string;
  value: string;
  write: (to: string) => void;
  fault?: string;
  placeholder?: string;
  rows?: number;
};

export function TextField({ label, value, write, fault = "", placeholder = "", rows = 1 }: FieldProps) {
  const id = useId();
  const given = {
    id,
    className: "input",
    value,
    placeholder,
    spellCheck: false,
    autoComplete: "off",
    "aria-invalid": fault !== "",
    "aria-describedby": `${id}-fault`,
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows > 1 ? (
        <textarea {...given} rows={rows} onChange={(event) => write(event.target.value)} />
      ) : (
        <input {...given} onChange={(event) => write(event.target.value)} />
      )}
      <span id={`${id}-fault`} className="fault">
        {fault}
      </span>
    </div>
  );
}

type ValueProps = {
  label: string;
  value: Plain | undefined;
  show: (value: Plain) => string;
  /** What a text means; undefined where it means nothing (yet), which `fault` says then. */
  read: (text: string) => Plain | undefined;
  fault: string;
  set: (value: Plain | undefined) => void;
  placeholder?: string;
  rows?: number;
};

/** A value that may be left out: nothing written is none. */
export function ValueField({ label, value, show, read, fault, set, placeholder = "none", rows = 1 }: ValueProps) {
  const shown = value === undefined ? "" : show(value);
  const [written, setWritten] = useState(shown);
  // What means the same is left as it is written: a line that has just been begun stays.
  useEffect(
    () =>
      setWritten((before) => {
        const meant = before === "" ? undefined : read(before);
        return meant !== undefined && show(meant) === shown ? before : shown;
      }),
    [shown, read, show],
  );
  const write = (to: string) => {
    setWritten(to);
    const next = to === "" ? undefined : read(to);
    if (to === "" || next !== undefined) set(next);
  };
  return (
    <TextField
      label={label}
      value={written}
      fault={written !== "" && read(written) === undefined ? fault : ""}
      placeholder={placeholder}
      rows={rows}
      write={write}
    />
  );
}

export const asText = (value: Plain): string => (typeof value === "string" ? value : JSON.stringify(value));

export function asJson(text: string): Plain | undefined {
  try {
    const value = JSON.parse(text) as Plain;
    // A number that is not kept to its last digit would be another one in tool.yaml.
    return typeof value === "number" && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER) ? undefined : value;
  } catch {
    return undefined;
  }
}

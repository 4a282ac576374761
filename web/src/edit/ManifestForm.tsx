import { useId, useMemo } from "react";
import { readManifest, type Value, writeField } from "./manifestText";
import { ParametersForm } from "./ParametersForm";

type Path = readonly [string] | readonly [string, string];
type Props = { text: string; change: (text: string) => void; isNew: boolean };

const STATUSES = {
  draft: "draft: being written",
  active: "active: offered to models",
  deprecated: "deprecated: runs, no longer offered",
  disabled: "disabled: does not run",
};

/** The common fields of tool.yaml. Each change is written into the text; nothing else in the text moves. */
export function ManifestForm({ text, change, isNew }: Props) {
  const manifest = useMemo(() => readManifest(text), [text]);
  if (!manifest)
    return <p className="inside note warn">The text cannot be read as YAML now. Mend it there; the form follows.</p>;
  const runtime = (manifest.runtime ?? {}) as Record<string, unknown>;
  const set = (path: Path, value: Value) => change(writeField(text, path, value));
  const asText = (value: unknown) => (value === undefined || value === null ? "" : String(value));
  const field = (key: string, label: string, hint = "") => (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          className="input"
          value={asText(manifest[key])}
          onChange={(event) => set([key], event.target.value || undefined)}
        />
      )}
    </Field>
  );
  const number = (key: string, label: string, low: number, high: number, usual: number) => (
    <Field label={label} hint={`Not given: ${usual}.`}>
      {(id) => (
        <input
          id={id}
          className="input"
          type="number"
          min={low}
          max={high}
          placeholder={String(usual)}
          value={asText(runtime[key])}
          onChange={(event) =>
            set(["runtime", key], event.target.value === "" ? undefined : Number(event.target.value))
          }
        />
      )}
    </Field>
  );
  const description = asText(manifest.description);
  return (
    <div className="inside manifest-form">
      {isNew && field("name", "Name")}
      {field("title", "Title", "For people.")}
      <Field
        label="Description"
        hint={`For the model: what it does, when to use it and when not. ${description.length} of 1024 characters.`}
        wide
      >
        {(id) => (
          <textarea
            id={id}
            className="input"
            rows={5}
            defaultValue={description}
            key={isNew ? "new" : "old"}
            onChange={(event) => set(["description"], event.target.value.replace(/\s*\n\s*/g, " "))}
          />
        )}
      </Field>
      <Field label="Status">
        {(id) => (
          <select
            id={id}
            className="input"
            value={asText(manifest.status) || "active"}
            onChange={(event) => set(["status"], event.target.value)}
          >
            {Object.entries(STATUSES).map(([status, label]) => (
              <option key={status} value={status}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {manifest.status === "deprecated" && field("replaced_by", "Replaced by", "The name of the tool to use instead.")}
      {field("category", "Category", "A path such as network/dns.")}
      <Words label="Tags" hint="Words with commas between." given={manifest.tags} set={(tags) => set(["tags"], tags)} />
      {field("owner", "Owner")}
      {number("timeout_seconds", "Time limit in seconds", 1, 30, 30)}
      {number("memory_mb", "Memory in MiB", 16, 65536, 256)}
      <label className="row">
        <input
          type="checkbox"
          checked={runtime.network !== false}
          onChange={(event) => set(["runtime", "network"], event.target.checked)}
        />
        It needs the network
      </label>
      <Words
        label="Shared packages"
        hint="Names of the packages in tools/_shared that it imports, with commas between."
        given={manifest.shared}
        set={(names) => set(["shared"], names.length > 0 ? names : undefined)}
      />
      <ParametersForm text={text} parameters={manifest.parameters} change={change} />
    </div>
  );
}

type FieldProps = { label: string; hint?: string; wide?: boolean; children: (id: string) => React.ReactNode };

function Field({ label, hint = "", wide = false, children }: FieldProps) {
  const id = useId();
  return (
    <div className={wide ? "field wide" : "field"}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint && <span className="soft">{hint}</span>}
    </div>
  );
}

type WordsProps = { label: string; hint: string; given: unknown; set: (words: string[]) => void };

function Words({ label, hint, given, set }: WordsProps) {
  const words = Array.isArray(given) ? given.map(String) : [];
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          className="input"
          defaultValue={words.join(", ")}
          onChange={(event) =>
            set(
              event.target.value
                .split(",")
                .map((one) => one.trim())
                .filter(Boolean),
            )
          }
        />
      )}
    </Field>
  );
}

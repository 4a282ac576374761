import { useEffect, useId, useState } from "react";
import { visible } from "../parts/visible";
import { asSchema, type Schema, typeOf } from "../tool/schema";
import { BoundsForm } from "./BoundsForm";
import { asJson, asText, TextField, ValueField } from "./fields";
import { addParameter, removeParameter, renameParameter, setKeyword, setRequired } from "./parametersText";
import type { Plain } from "./yamlEdit";

type Props = { text: string; parameters: unknown; change: (text: string) => void };

const TYPES = ["string", "integer", "number", "boolean", "array", "object"];
const NAME = /^[A-Za-z_]\w{0,63}$/;

/** The parameters, one a row: name, type, description, default, bounds, whether it must be given. */
export function ParametersForm({ text, parameters, change }: Props) {
  const root = asSchema(parameters);
  const properties = Object.entries(asSchema(root.properties));
  const required = new Set(Array.isArray(root.required) ? root.required : []);
  const names = properties.map(([name]) => name);
  return (
    <fieldset className="field wide parameters">
      <legend>Parameters</legend>
      {properties.map(([name, value], at) => (
        <Parameter
          // A name changes while it is written: the place in the list does not.
          key={at}
          name={name}
          schema={asSchema(value)}
          others={names.filter((one) => one !== name)}
          required={required.has(name)}
          text={text}
          change={change}
        />
      ))}
      <p>
        <button type="button" className="button small" onClick={() => change(addParameter(text, unused(names)))}>
          Add a parameter
        </button>
      </p>
    </fieldset>
  );
}

function unused(names: readonly string[]): string {
  let number = names.length + 1;
  while (names.includes(`parameter_${number}`)) number++;
  return `parameter_${number}`;
}

type OneProps = {
  name: string;
  schema: Schema;
  others: readonly string[];
  required: boolean;
  text: string;
  change: (text: string) => void;
};

function Parameter({ name, schema, others, required, text, change }: OneProps) {
  const id = useId();
  const plain = typeof schema.type === "string" && TYPES.includes(schema.type);
  const set = (keyword: string, value: Plain | undefined) => change(setKeyword(text, name, keyword, value));
  return (
    <fieldset className="parameter" aria-label={`Parameter ${visible(name)}`}>
      <Name name={name} others={others} rename={(to) => change(renameParameter(text, name, to))} />
      <div className="field">
        <label htmlFor={`${id}-type`}>Type</label>
        <select
          id={`${id}-type`}
          className="input"
          value={plain ? String(schema.type) : ""}
          onChange={(event) => set("type", event.target.value)}
        >
          {!plain && (
            <option value="" disabled>
              {typeOf(schema, schema)}
            </option>
          )}
          {TYPES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      <Default type={schema.type} value={schema.default as Plain | undefined} set={(value) => set("default", value)} />
      <div className="wide">
        <TextField
          label="What it is"
          value={typeof schema.description === "string" ? schema.description : ""}
          placeholder="For the model: in which form, with which unit"
          write={(to) => set("description", to)}
        />
      </div>
      <BoundsForm schema={schema} set={set} />
      <div className="row ends">
        <label className="row">
          <input
            type="checkbox"
            checked={required}
            onChange={(event) => change(setRequired(text, name, event.target.checked))}
          />
          It must be given
        </label>
        <button
          type="button"
          className="button small danger"
          aria-label={`Remove ${visible(name)}`}
          onClick={() => change(removeParameter(text, name))}
        >
          Remove
        </button>
      </div>
    </fieldset>
  );
}

type NameProps = { name: string; others: readonly string[]; rename: (to: string) => void };

/** A name is written into the text when it is one, and no other's. */
function Name({ name, others, rename }: NameProps) {
  const [written, setWritten] = useState(name);
  useEffect(() => setWritten(name), [name]);
  const fault = (to: string) => {
    if (!NAME.test(to)) return "Letters, digits and _, not beginning with a digit.";
    return others.includes(to) ? "There is such a parameter already." : "";
  };
  const write = (to: string) => {
    setWritten(to);
    if (to !== name && !fault(to)) rename(to);
  };
  return <TextField label="Name" value={written} fault={fault(written)} write={write} />;
}

type DefaultProps = { type: unknown; value: Plain | undefined; set: (value: Plain | undefined) => void };

/** Of a text as it is, of anything else as JSON. */
function Default({ type, value, set }: DefaultProps) {
  const read = type === "string" ? same : asJson;
  const fault = `No ${String(type ?? "JSON")} yet.`;
  return <ValueField label="Default" value={value} show={asText} read={read} fault={fault} set={set} />;
}

const same = (text: string): Plain => text;

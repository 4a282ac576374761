import Form from "@rjsf/core";
import type { ErrorSchema, RJSFSchema, UiSchema } from "@rjsf/utils";
import { Component as ReactComponent, type ReactNode } from "react";
import type { Fault } from "../api/problem";
import { asSchema, followed, type Schema } from "../tool/schema";
import { BUTTONS } from "./formButtons";
import { validator } from "./validator";

type Props = {
  schema: Record<string, unknown>;
  value: Record<string, unknown>;
  change: (value: Record<string, unknown>) => void;
  faults: readonly Fault[];
  submit: () => void;
};

const UI = { "ui:submitButtonOptions": { norender: true }, "ui:options": { label: false } };
const ONE_LINE = 256;
const DEEPEST = 6;

/** Text that may be long gets a field of several lines: a field of one line would drop its line breaks. */
function widgets(root: Schema, given: Schema, depth = 0): UiSchema {
  const schema = followed(root, given);
  if (depth > DEEPEST) return {};
  const isText =
    [schema.type].flat().includes("string") && !("enum" in schema || "const" in schema || "format" in schema);
  if (isText && Number(schema.maxLength ?? Number.POSITIVE_INFINITY) > ONE_LINE)
    return { "ui:widget": "textarea", "ui:options": { rows: 1 } };
  const fields = Object.entries(asSchema(schema.properties));
  const found: UiSchema = Object.fromEntries(
    fields.map(([name, one]) => [name, widgets(root, asSchema(one), depth + 1)]),
  );
  if (schema.items) found.items = widgets(root, asSchema(schema.items), depth + 1);
  return found;
}

/** A form made from the tool's own schema. What cannot be made one is filled in as JSON, beside it. */
export function ArgumentsForm({ schema, value, change, faults, submit }: Props) {
  const empty = Object.keys((schema.properties as object | undefined) ?? {}).length === 0;
  if (empty && !schema.$ref) return <p className="soft">It takes no parameters that it names.</p>;
  return (
    <Fallback>
      <Form
        className="arguments"
        schema={withoutTitle(schema)}
        templates={{ ButtonTemplates: BUTTONS }}
        uiSchema={{ ...widgets(schema, schema), ...UI }}
        formData={value}
        validator={validator}
        extraErrors={errors(faults)}
        showErrorList={false}
        noHtml5Validate
        idPrefix="argument"
        onChange={(event) => change(event.formData ?? {})}
        onSubmit={submit}
      />
    </Fallback>
  );
}

function withoutTitle({ title: _, description: __, ...schema }: Record<string, unknown>): RJSFSchema {
  return schema as RJSFSchema;
}

/** The service's faults, each at the field that its pointer names. */
function errors(faults: readonly Fault[]): ErrorSchema {
  const found: Record<string, unknown> = {};
  for (const { pointer, message } of faults) {
    const parts = pointer
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (parts[0] === "arguments") parts.shift();
    let at = found;
    for (const part of parts) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at.__errors = [...((at.__errors as string[] | undefined) ?? []), message];
  }
  return found as ErrorSchema;
}

/** A schema can be stranger than the form can take. */
class Fallback extends ReactComponent<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return <p className="note">No form can be made from these parameters: fill in the JSON instead.</p>;
  }
}

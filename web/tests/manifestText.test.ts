import fc from "fast-check";
import { expect, test } from "vitest";
import { readManifest, writeField } from "../src/edit/manifestText";
import { addParameter, removeParameter, renameParameter, setKeyword, setRequired } from "../src/edit/parametersText";
import type { Plain } from "../src/edit/yamlEdit";
import { anyValue, commentAt, commentsOf, hand, hardText, type Mapping, writtenText } from "./written";

type Fields = Record<string, Plain>;
type Path = readonly string[];
/** An edit of a text, what it does to the value that the text means, and what goes with its comments. */
type Edit = { say: string; text: (text: string) => string; value: (value: Fields) => void; gone: Path[] };

const names = fc.constantFrom("host", "port", "names", "constructor", "type");
const keyword = fc.constantFrom("type", "description", "default", "enum", "minimum", "x");
const schema = fc.dictionary(keyword, anyValue, { maxKeys: 4, noNullPrototype: true });

const manifest: fc.Arbitrary<Mapping> = fc.record(
  {
    name: fc.constant("probe"),
    title: hardText,
    description: hardText,
    status: fc.constantFrom("draft", "active"),
    parameters: fc.record(
      {
        type: fc.constant("object"),
        properties: fc.dictionary(names, schema, { maxKeys: 4, noNullPrototype: true }),
        required: fc.uniqueArray(names, { maxLength: 3 }),
        additionalProperties: fc.boolean(),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    runtime: fc.record(
      { timeout_seconds: fc.nat(30), network: fc.boolean() },
      { requiredKeys: [], noNullPrototype: true },
    ),
    metadata: anyValue,
  },
  { requiredKeys: ["name"], noNullPrototype: true },
);

const inside = (value: Plain | undefined): Fields | null =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Fields) : null;
const has = (fields: Fields, key: string) => Object.hasOwn(fields, key);

function put(fields: Fields, key: string, value: Plain | undefined) {
  if (value === undefined) delete fields[key];
  else fields[key] = value;
}

function require(value: Fields, name: string, required: boolean) {
  const parameters = inside(value.parameters);
  if (!parameters) return;
  const before = Array.isArray(parameters.required) ? parameters.required : [];
  if (before.includes(name) === required) return;
  const after = required ? [...before, name] : before.filter((one) => one !== name);
  put(parameters, "required", after.length > 0 ? after : undefined);
}

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(names, keyword, fc.option(anyValue, { nil: undefined })).map(
    ([name, key, value]): Edit => ({
      say: `${key} of ${name} = ${JSON.stringify(value)}`,
      text: (text) => setKeyword(text, name, key, value),
      value: (all) => {
        const properties = inside(inside(all.parameters)?.properties);
        const one = properties && has(properties, name) && inside(properties[name]);
        if (one) put(one, key, value);
      },
      gone: [["parameters", "properties", name, key]],
    }),
  ),
  fc.tuple(names, fc.boolean()).map(
    ([name, required]): Edit => ({
      say: `${name} is required: ${required}`,
      text: (text) => setRequired(text, name, required),
      value: (all) => require(all, name, required),
      gone: [["parameters", "required"]],
    }),
  ),
  names.map(
    (name): Edit => ({
      say: `without ${name}`,
      text: (text) => removeParameter(text, name),
      value: (all) => {
        const properties = inside(inside(all.parameters)?.properties);
        if (!properties) return;
        require(all, name, false);
        delete properties[name];
      },
      gone: [
        ["parameters", "required"],
        ["parameters", "properties", name],
      ],
    }),
  ),
  fc.tuple(names, fc.constantFrom("renamed", "no", "null")).map(
    ([name, to]): Edit => ({
      say: `${name} becomes ${to}`,
      text: (text) => renameParameter(text, name, to),
      value: (all) => {
        const parameters = inside(all.parameters);
        const properties = inside(parameters?.properties);
        if (!parameters || !properties || has(properties, to)) return;
        if (has(properties, name)) {
          properties[to] = properties[name] ?? null;
          delete properties[name];
        }
        if (Array.isArray(parameters.required))
          parameters.required = parameters.required.map((one) => (one === name ? to : one));
      },
      gone: [],
    }),
  ),
  fc.constant<Edit>({
    say: "one more",
    text: (text) => addParameter(text, "one_more"),
    value: (all) => {
      const one = { type: "string", description: "" };
      const parameters = inside(all.parameters);
      if (!parameters) all.parameters = { type: "object", properties: { one_more: one } };
      else parameters.properties = { ...inside(parameters.properties), one_more: one };
    },
    gone: [],
  }),
  fc
    .tuple(fc.constantFrom("title", "status", "owner", "tags"), fc.option(hardText, { nil: undefined }))
    .map(([key, given]): Edit => {
      const value = key === "tags" && given !== undefined ? [given, "b"] : given;
      return {
        say: `${key} = ${value}`,
        text: (text) => writeField(text, [key], value),
        value: (all) => put(all, key, value),
        gone: [[key]],
      };
    }),
  hardText.map(
    (value): Edit => ({
      say: `description = ${value}`,
      text: (text) => writeField(text, ["description"], value),
      value: (all) => put(all, "description", value.trim()),
      gone: [["description"]],
    }),
  ),
  fc.tuple(fc.constantFrom("timeout_seconds", "memory_mb"), fc.option(fc.nat(), { nil: undefined })).map(
    ([key, value]): Edit => ({
      say: `runtime.${key} = ${value}`,
      text: (text) => writeField(text, ["runtime", key], value),
      value: (all) => {
        const runtime = inside(all.runtime);
        if (runtime) put(runtime, key, value);
        else if (value !== undefined) all.runtime = { [key]: value };
      },
      gone: [["runtime", key]],
    }),
  ),
);

test("whatever edits follow each other, the text reads as they say and keeps the comments of what they left alone", () => {
  fc.assert(
    fc.property(manifest, hand, fc.array(edits, { minLength: 1, maxLength: 5 }), (value, choose, list) => {
      let text = writtenText(value, choose());
      expect(readManifest(text), text).toEqual(value);
      const wanted = structuredClone(value) as Fields;
      for (const edit of list) {
        const before = text;
        text = edit.text(before);
        edit.value(wanted);
        const told = `${before}\n=== ${edit.say} ===\n${text}`;
        expect(readManifest(text), told).toEqual(wanted);
        const kept = commentsOf(before).filter((one) => !edit.gone.some((path) => one.includes(commentAt(path))));
        expect(commentsOf(text), told).toEqual(expect.arrayContaining(kept));
      }
    }),
  );
});

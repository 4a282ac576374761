/** A JSON Schema as rows that people can read. It says what the schema says and judges nothing: the service does. */

import { counted } from "../parts/Marks";

export type Schema = { [key: string]: unknown };
export type Row = {
  path: string;
  depth: number;
  type: string;
  required: boolean;
  description: string;
  rules: string[];
};

const DEEPEST = 6;

/** One row for each property, those of nested objects and of lists' items below their own. */
export function rows(root: Schema): Row[] {
  return below(root, root, "", 0);
}

function below(root: Schema, given: Schema, path: string, depth: number): Row[] {
  const schema = followed(root, given);
  if (depth > DEEPEST) return [];
  const needed = new Set(list(schema.required));
  const found: Row[] = [];
  for (const [name, value] of Object.entries(asSchema(schema.properties))) {
    const one = followed(root, asSchema(value));
    const here = path ? `${path}.${name}` : name;
    found.push({
      path: here,
      depth,
      type: typeOf(root, one),
      required: needed.has(name),
      description: text(one.description),
      rules: rulesOf(one),
    });
    found.push(...below(root, one, here, depth + 1));
  }
  const items = asSchema(schema.items);
  if (Object.keys(items).length > 0) found.push(...below(root, items, `${path}[]`, depth));
  for (const one of ["anyOf", "oneOf", "allOf"].flatMap((key) => list(schema[key])))
    found.push(...below(root, asSchema(one), path, depth));
  return found;
}

/** What a schema with a local `$ref` says, its own words over those that it refers to. */
export function followed(root: Schema, schema: Schema, seen = 0): Schema {
  const reference = schema.$ref;
  if (typeof reference !== "string" || !reference.startsWith("#") || seen > DEEPEST) return schema;
  let at: unknown = root;
  for (const part of reference.slice(1).split("/").filter(Boolean))
    at = asSchema(at)[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")];
  return { ...followed(root, asSchema(at), seen + 1), ...schema, $ref: undefined };
}

export function typeOf(root: Schema, schema: Schema): string {
  if ("const" in schema) return `only ${JSON.stringify(schema.const)}`;
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const alternatives = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (alternatives.length > 0)
    return [...new Set(alternatives.map((one) => typeOf(root, followed(root, asSchema(one)))))].join(" | ");
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? (schema.properties ? "object" : "anything")];
  return types
    .map((type) =>
      type === "array" && schema.items
        ? `list of ${typeOf(root, followed(root, asSchema(schema.items)))}`
        : String(type),
    )
    .join(" | ");
}

const WORDS: [string, (value: string) => string][] = [
  ["default", (value) => `default ${value}`],
  ["minimum", (value) => `at least ${value}`],
  ["exclusiveMinimum", (value) => `more than ${value}`],
  ["maximum", (value) => `at most ${value}`],
  ["exclusiveMaximum", (value) => `less than ${value}`],
  ["multipleOf", (value) => `a multiple of ${value}`],
  ["minLength", (value) => `at least ${counted(Number(value), "character")}`],
  ["maxLength", (value) => `at most ${counted(Number(value), "character")}`],
  ["minItems", (value) => `at least ${counted(Number(value), "item")}`],
  ["maxItems", (value) => `at most ${counted(Number(value), "item")}`],
  ["pattern", (value) => `matches ${value}`],
  ["format", (value) => `format ${value}`],
];

function rulesOf(schema: Schema): string[] {
  const said = WORDS.filter(([key]) => key in schema).map(([key, say]) => {
    const value = schema[key];
    return say(key === "default" || typeof value !== "string" ? JSON.stringify(value) : value);
  });
  if (schema.writeOnly === true) said.push("not kept on record");
  return said;
}

export function asSchema(value: unknown): Schema {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Schema) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

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
/** How many schemas are looked at: alternatives of alternatives may be more than anyone reads. */
const MOST = 2000;

/** What is read, how many more schemas will be looked at, and the references that one is within. */
type Walk = { root: Schema; left: number };
type Open = readonly string[];

/** One row for each property, those of nested objects and of lists' items below their own; of what holds itself once. */
export function rows(root: Schema): Row[] {
  return below({ root, left: MOST }, root, "", 0, ["#"]);
}

function below(walk: Walk, given: Schema, path: string, depth: number, around: Open): Row[] {
  const open = entered(walk, given, around);
  if (!open || depth > DEEPEST) return [];
  const schema = followed(walk.root, given);
  const needed = new Set(list(schema.required));
  const found: Row[] = [];
  for (const [name, value] of Object.entries(asSchema(schema.properties))) {
    const one = followed(walk.root, asSchema(value));
    const here = path ? `${path}.${name}` : name;
    found.push({
      path: here,
      depth,
      type: typed(walk, asSchema(value), []),
      required: needed.has(name),
      description: text(one.description),
      rules: rulesOf(one),
    });
    found.push(...below(walk, asSchema(value), here, depth + 1, open));
  }
  const items = asSchema(schema.items);
  if (Object.keys(items).length > 0) found.push(...below(walk, items, `${path}[]`, depth, open));
  for (const one of ["anyOf", "oneOf", "allOf"].flatMap((key) => list(schema[key])))
    found.push(...below(walk, asSchema(one), path, depth, open));
  return found;
}

/** The references that one is within inside of a schema; null where it is within itself, or where enough was read. */
function entered(walk: Walk, schema: Schema, open: Open): Open | null {
  const references = referencesOf(walk.root, schema);
  if (walk.left-- <= 0 || references.some((one) => open.includes(one))) return null;
  return [...open, ...references];
}

/** What a schema with a local `$ref` says, its own words over those that it refers to. */
export function followed(root: Schema, schema: Schema): Schema {
  const references = referencesOf(root, schema);
  if (references.length === 0) return schema;
  const said = references.reverse().map((one) => referred(root, one));
  return Object.assign({}, ...said, schema, { $ref: undefined });
}

/** The local references that lead from a schema to what it says, each once. */
function referencesOf(root: Schema, schema: Schema): string[] {
  const found: string[] = [];
  let next = schema.$ref;
  while (typeof next === "string" && next.startsWith("#") && !found.includes(next)) {
    found.push(next);
    next = referred(root, next).$ref;
  }
  return found;
}

function referred(root: Schema, reference: string): Schema {
  let at: unknown = root;
  for (const part of reference.slice(1).split("/").filter(Boolean))
    at = asSchema(at)[decoded(part).replaceAll("~1", "/").replaceAll("~0", "~")];
  return asSchema(at);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function typeOf(root: Schema, schema: Schema): string {
  return typed({ root, left: MOST }, schema, []);
}

function typed(walk: Walk, given: Schema, around: Open): string {
  const open = entered(walk, given, around);
  if (!open) return "…";
  const schema = followed(walk.root, given);
  if ("const" in schema) return `only ${JSON.stringify(schema.const)}`;
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const alternatives = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (alternatives.length > 0)
    return [...new Set(alternatives.map((one) => typed(walk, asSchema(one), open)))].join(" | ");
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? (schema.properties ? "object" : "anything")];
  return types
    .map((type) =>
      type === "array" && schema.items ? `list of ${typed(walk, asSchema(schema.items), open)}` : String(type),
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

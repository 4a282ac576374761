import { expect, test } from "vitest";
import { followed, rows, type Schema, typeOf } from "../src/tool/schema";

const typed = (schema: Schema) => typeOf(schema, schema);
const paths = (schema: Schema) => rows(schema).map((row) => row.path);

test("a row says a property's name, type, meaning, rules and whether it must be given", () => {
  const port = { type: "integer", description: "The port.", minimum: 1, maximum: 65535, default: 80 };
  expect(rows({ type: "object", properties: { port }, required: ["port"] })).toEqual([
    {
      path: "port",
      depth: 0,
      type: "integer",
      required: true,
      description: "The port.",
      rules: ["default 80", "at least 1", "at most 65535"],
    },
  ]);
});

test.each([
  [{ type: "string" }, "string"],
  [{ type: ["string", "null"] }, "string | null"],
  [{ enum: ["a", 1] }, '"a" | 1'],
  [{ const: null }, "only null"],
  [{ type: "array", items: { type: "integer" } }, "list of integer"],
  [{ anyOf: [{ type: "string" }, { type: "integer" }, { type: "string" }] }, "string | integer"],
  [{ properties: {} }, "object"],
  [{}, "anything"],
])("the type of %j is %s", (schema, type) => {
  expect(typed(schema)).toBe(type);
});

test.each([
  [{ minLength: 1, maxLength: 1200 }, ["at least 1 character", "at most 1,200 characters"]],
  [{ exclusiveMinimum: 0, exclusiveMaximum: 1, multipleOf: 0.5 }, ["more than 0", "less than 1", "a multiple of 0.5"]],
  [{ default: "a", pattern: "^a$", format: "uri" }, ['default "a"', "matches ^a$", "format uri"]],
  [{ minItems: 2, writeOnly: true }, ["at least 2 items", "not kept on record"]],
])("the rules of %j are said", (schema, said) => {
  expect(rows({ properties: { one: schema } })[0]?.rules).toEqual(said);
});

test("fields of objects, of lists' items and of alternatives stand under their paths", () => {
  const inner = { type: "object", properties: { b: { type: "string" } } };
  const schema = {
    properties: { a: inner, list: { type: "array", items: inner } },
    anyOf: [{ properties: { c: {} } }],
  };
  expect(paths(schema)).toEqual(["a", "a.b", "list", "list[].b", "c"]);
});

test("a reference says what it refers to, each with its own words over those that it leads to", () => {
  const text = { type: "string", description: "farthest", title: "farthest", format: "uri" };
  const link = { $ref: "#/$defs/a~1b", description: "nearer", title: "nearer" };
  const root = { $defs: { "a/b": text, link } };
  const wanted = { type: "string", format: "uri", title: "nearer", description: "own" };
  expect(followed(root, { $ref: "#/$defs/link", description: "own" })).toEqual(wanted);
});

test.each(["#/$defs/none", "#/$defs/100%", "#anchor", "other.json", "#/$defs/constructor/name"])(
  "a reference that leads nowhere here is anything: %s",
  ($ref) => {
    expect(typed({ $defs: {}, properties: { a: { $ref } } })).toBe("object");
    expect(rows({ $defs: {}, properties: { a: { $ref } } })[0]?.type).toBe("anything");
  },
);

const itself = { $ref: "#" };
const tree = { $ref: "#/$defs/tree" };
test.each([
  ["lists of itself", { type: "array", items: itself }, []],
  ["an alternative of itself", { anyOf: [{ type: "string" }, { type: "array", items: itself }] }, []],
  ["itself by all of its names", { allOf: [itself], properties: { a: { type: "string" } } }, ["a"]],
  ["references in a circle", { properties: { a: tree }, $defs: { tree: { $ref: "#/$defs/tree" } } }, ["a"]],
  [
    "a tree",
    {
      properties: { root: tree },
      $defs: { tree: { type: "object", properties: { left: tree, right: tree, name: { type: "string" } } } },
    },
    ["root", "root.left", "root.right", "root.name"],
  ],
])("a schema within itself is told once: %s", (_, schema, wanted) => {
  expect(paths(schema as Schema)).toEqual(wanted);
});

test("the type of what holds itself ends", () => {
  const json = { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/$defs/json" } }] };
  const root = { properties: { a: { $ref: "#/$defs/json" } }, $defs: { json } };
  expect(rows(root)[0]?.type).toBe("string | list of …");
});

test("twenty fields that each hold them all are twenty rows and theirs, not twenty to the seventh", () => {
  const names = Array.from({ length: 20 }, (_, at) => `f${at}`);
  const node = {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { $ref: "#/$defs/node" }])),
  };
  expect(rows({ properties: { node: { $ref: "#/$defs/node" } }, $defs: { node } })).toHaveLength(21);
});

test("alternatives that double forty times are not read to their end", () => {
  const level = (at: number) => ({ anyOf: [{ $ref: `#/$defs/l${at + 1}` }, { $ref: `#/$defs/l${at + 1}` }] });
  const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`l${at}`, level(at)]));
  expect(rows({ properties: { a: { $ref: "#/$defs/l0" }, b: {} }, $defs }).map((row) => row.path)).toEqual(["a", "b"]);
});

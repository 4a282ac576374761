import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { addItem, inline, removeItem, removeKey, renameKey, setKey } from "../src/edit/yamlEdit";
import { anyValue } from "./written";

const mapOf = (text: string) => parseDocument(text).contents as YAMLMap;
const listOf = (text: string) => parseDocument(text).contents as YAMLSeq;

test("any value is written on one line, and reads as itself wherever it stands", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const written = inline(value);
      expect(written).not.toContain("\n");
      expect(parse(written)).toEqual(value);
      expect(parse(`a:\n  b: ${written} # beside\n`)).toEqual({ a: { b: value } });
      expect(parse(`[${written}, {a: ${written}}]`)).toEqual([value, { a: value }]);
    }),
  );
});

test.each([
  ["plain words and paths", "network/dns v1.2", "network/dns v1.2"],
  ["what YAML 1.1 takes for a boolean", "no", '"no"'],
  ["a number as a text", "1e3", '"1e3"'],
  [
    "several lines, however long",
    "a first line that is longer than forty letters\nb",
    '"a first line that is longer than forty letters\\nb"',
  ],
  ["what turns the direction of writing", "a\u202eb", '"a\\u202eb"'],
  ["a tag of a language that nobody sees", "\u{e0041}", '"\\U000e0041"'],
  ["a number that YAML 1.1 takes for a text", 1e21, "1.0e+21"],
])("%s", (_, value, written) => {
  expect(inline(value)).toBe(written);
});

test.each([
  ["a value, and the comment beside it stays", "a: 1 # one\nb: 2\n", "a", "3", "a: 3 # one\nb: 2\n"],
  ["a value where there was none", "a: # none\nb: 2\n", "a", "3", "a: 3 # none\nb: 2\n"],
  [
    "a block, and the comment beside its key stays",
    "a: # block\n  - 1 # one\nb: 2\n",
    "a",
    "3",
    "a: 3 # block\nb: 2\n",
  ],
  ["a text of several lines", "a: |- # text\n  one\n  two\nb: 2\n", "a", "3", "a: 3 # text\nb: 2\n"],
  ["several lines in place of one", "a: 1 # one\nb: 2\n", "a", ">-\n  x\n  y", "a: >- # one\n  x\n  y\nb: 2\n"],
  ["a new key, before those that come later", "a: 1\n# about c\nc: 3\n", "b", "2", "a: 1\n# about c\nb: 2\nc: 3\n"],
  ["a new key at the end of a file without a last line end", "a: 1", "c", "3", "a: 1\nc: 3"],
  ["a key of a flow mapping", "{a: 1, c: 3}\n", "b", "2", "{a: 1, b: 2, c: 3}\n"],
  ["the first key", "{}\n", "b", "2", "{b: 2}\n"],
  [
    "a key after a block that ends with a comment",
    "a:\n  b:\n    - 1\n    # none\nother: 2\n",
    "c",
    "3",
    "a:\n  b:\n    - 1\n    # none\nother: 2\nc: 3\n",
  ],
])("setKey: %s", (_, text, key, written, wanted) => {
  expect(setKey(text, mapOf(text), key, written, ["a", "b", "c"])).toBe(wanted);
});

test("a mapping grows within its own lines, also where comments and another key follow it", () => {
  const text = "outer:\n  inner:\n    a:\n      x:\n        b: 1\n        # nothing more\n  later: 2\n";
  const inner = (mapOf(text).get("outer") as YAMLMap).get("inner") as YAMLMap;
  const wanted = "outer:\n  inner:\n    a:\n      x:\n        b: 1\n    c: 3\n        # nothing more\n  later: 2\n";
  expect(setKey(text, inner, "c", "3", [])).toBe(wanted);
});

test.each([
  ["with its lines", "a: 1\nb:\n  - 2\nc: 3\n", "b", "a: 1\nc: 3\n"],
  ["the first of a flow mapping", "{a: 1, b: 2}\n", "a", "{b: 2}\n"],
  ["the last of a flow mapping", "{a: 1, b: 2}\n", "b", "{a: 1}\n"],
  ["the only one, with a comma after it", "{a: 1,}\n", "a", "{}\n"],
  [
    "on a line of its own, with the comment beside it",
    "{\n  a: 1, # one\n  b: 2, # two\n}\n",
    "b",
    "{\n  a: 1, # one\n}\n",
  ],
  [
    "the last, and the comment beside the one before stays",
    "{\n  a: 1, # one\n  b: 2 # two\n}\n",
    "b",
    "{\n  a: 1 # one\n}\n",
  ],
])("removeKey: %s", (_, text, key, wanted) => {
  expect(removeKey(text, mapOf(text), key)).toBe(wanted);
});

test("a mapping without its only key stays a mapping", () => {
  const text = "a: # why\n  b: 1\nc: 2\n";
  const top = mapOf(text);
  const above = top.items[0];
  expect(removeKey(text, top.get("a") as YAMLMap, "b", above)).toBe("a: {} # why\nc: 2\n");
});

test.each([
  ["in a block", "a: 1\n", "b: 1\n"],
  ["quoted as before, since its value may follow without a space", '{"a":true}\n', '{"b":true}\n'],
])("renameKey: %s", (_, text, wanted) => {
  expect(renameKey(text, mapOf(text), "a", "b")).toBe(wanted);
});

test.each([
  ["of a block", "- a\n- b # two\n", "- a\n- b # two\n- c\n"],
  ["of a file without a last line end", "- a", "- a\n- c"],
  ["in a flow", "[a, b]\n", "[a, b, c]\n"],
  ["in a flow with a comma at its end", "[a,]\n", "[a, c,]\n"],
])("addItem: at the end %s", (_, text, wanted) => {
  expect(addItem(text, listOf(text), "c")).toBe(wanted);
});

test.each([
  ["of a block", "- a\n- b # two\n- c\n", "- a\n- c\n"],
  ["in a flow", "[a, b, c]\n", "[a, c]\n"],
])("removeItem: one %s", (_, text, wanted) => {
  expect(removeItem(text, listOf(text), 1)).toBe(wanted);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { flowPlace } from "../src/edit/flowPlace";
import { anyValue, type Hand, hand, writtenFlow } from "./written";

test.each([
  ["a key", "{ty", { keys: [], key: null, begun: "ty" }],
  ["a value", "{type: str", { keys: [], key: "type", begun: "str" }],
  ["the next key", "{type: string, ", { keys: [], key: null, begun: "" }],
  ["an item", "{enum: [a, b", { keys: ["enum"], key: "[]", begun: "b" }],
  ["a key in a value", "{items: {ty", { keys: ["items"], key: null, begun: "ty" }],
  ["a key in an item", "[{a: 1}, {b", { keys: ["[]"], key: null, begun: "b" }],
  ["after an inner mapping", "{a: {b: 1}, c: ", { keys: [], key: "c", begun: "" }],
  ["a colon in a value", "{a: b:c", { keys: [], key: "a", begun: "b:c" }],
  ["after a quoted text with brackets", "{a: '}]', b: ", { keys: [], key: "b", begun: "" }],
  ["after an escaped quote", '{a: "\\"}", b: ', { keys: [], key: "b", begun: "" }],
  ["after a doubled quote", "{a: 'it''s, }', b: ", { keys: [], key: "b", begun: "" }],
  ["on the line after a comment", "{a: 1, # not }\n  b: ", { keys: [], key: "b", begun: "" }],
  ["a quoted key", '{"a b": ', { keys: [], key: "a b", begun: "" }],
  ["a value that follows a quoted key at once", '{"items":{"type":', { keys: ["items"], key: "type", begun: "" }],
  ["a mapping that follows its key at once", "{items:{ty", { keys: ["items"], key: null, begun: "ty" }],
])("it is known where one is: %s", (_, text, place) => {
  expect(flowPlace(text)).toEqual(place);
});

test.each([
  ["behind its end", "{a: 1} "],
  ["in quotes", '{a: "b'],
  ["in a comment", "{a: 1, # b"],
])("nothing is offered %s", (_, text) => {
  expect(flowPlace(text)).toBeNull();
});

test("the place within any value is the path that leads there", () => {
  const key = fc.constantFrom("type", "items", "a b", "anyOf");
  const steps = fc.array(fc.option(key, { nil: null }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(steps, anyValue, hand, (path, other, make) => {
      const keys = path.map((step) => step ?? "[]");
      expect(flowPlace(writtenUpTo(path, other, make()))).toEqual({
        keys: keys.slice(0, -1),
        key: keys.at(-1),
        begun: "here",
      });
    }),
  );
});

/** A flow collection up to what is being written, `here`; null is an item of a list. Another value is beside each. */
function writtenUpTo(path: readonly (string | null)[], other: Parameters<typeof writtenFlow>[0], choose: Hand): string {
  const parts = path.map((step) => {
    const beside = choose(2) ? `${step === null ? "" : '"~before": '}${writtenFlow(other, choose)}, ` : "";
    return step === null ? `[${beside}` : `{${beside}${JSON.stringify(step)}:${choose(2) ? " " : ""}`;
  });
  return `${parts.join("")}here`;
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { inline } from "../src/edit/yamlEdit";
import { anyValue } from "./written";

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

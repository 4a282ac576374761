import fc from "fast-check";
import { expect, test } from "vitest";
import type { Content, Files } from "../src/edit/draft";
import { mergeFiles } from "../src/edit/merging";

const line = fc.constantFrom("a", "b", "c", "", "constructor", "__proto__", "toString");
const text = fc.tuple(fc.array(line, { maxLength: 8 }), fc.boolean()).map(([lines, ended]) => {
  return lines.join("\n") + (ended && lines.length > 0 ? "\n" : "");
});
const content: fc.Arbitrary<Content> = fc.oneof(
  { arbitrary: text, weight: 4 },
  { arbitrary: fc.constantFrom({ base64: "AA==" }, { base64: "AQ==" }), weight: 1 },
);
const files: fc.Arbitrary<Files> = fc.dictionary(fc.constantFrom("tool.yaml", "main.py", "a/b.txt"), content, {
  noNullPrototype: true,
});
const linesOf = (given: string) => given.split("\n");

test("what only one side changed is taken from that side, whatever it is", () => {
  fc.assert(
    fc.property(files, files, (base, changed) => {
      expect(mergeFiles(base, changed, base)).toEqual({ files: changed, both: [] });
      expect(mergeFiles(base, base, changed)).toEqual({ files: changed, both: [] });
      expect(mergeFiles(base, changed, changed)).toEqual({ files: changed, both: [] });
    }),
  );
});

test("every file is there as one side or both have it, and those that both changed are named", () => {
  fc.assert(
    fc.property(files, files, files, (base, theirs, mine) => {
      const merged = mergeFiles(base, theirs, mine);
      const named = new Map(merged.both.map((one) => [one.path, one]));
      for (const path of Object.keys({ ...base, ...theirs, ...mine })) {
        const one = named.get(path);
        if (one) expect([one.theirs, one.mine, one.result]).toEqual([theirs[path], mine[path], merged.files[path]]);
        else expect([theirs[path], mine[path]]).toContainEqual(merged.files[path]);
      }
    }),
  );
});

test("no line of mine is lost, and none of theirs unless a place is named as changed by both", () => {
  fc.assert(
    fc.property(text, text, text, (base, theirs, mine) => {
      const merged = mergeFiles({ a: base }, { a: theirs }, { a: mine });
      const result = linesOf(String(merged.files.a));
      const conflicts = merged.both[0]?.conflicts ?? 0;
      const added = (side: string) => linesOf(side).filter((one) => !linesOf(base).includes(one));
      expect(result).toEqual(expect.arrayContaining(added(mine)));
      if (conflicts === 0) expect(result).toEqual(expect.arrayContaining(added(theirs)));
      // None is made up, either: two lines never run into one.
      expect([base, theirs, mine].flatMap(linesOf)).toEqual(expect.arrayContaining(result));
    }),
  );
});

test("changes of different places fit together", () => {
  const base = "one\ntwo\nthree\nfour\n";
  const merged = mergeFiles({ a: base }, { a: base.replace("one", "1") }, { a: base.replace("four", "4") });
  expect(merged.files.a).toBe("1\ntwo\nthree\n4\n");
  expect(merged.both[0]?.conflicts).toBe(0);
});

test("where both changed one place it is mine, and counted", () => {
  const merged = mergeFiles({ a: "one\ntwo\n" }, { a: "1\ntwo\n" }, { a: "I\ntwo\n" });
  expect(merged.files.a).toBe("I\ntwo\n");
  expect(merged.both[0]?.conflicts).toBe(1);
});

test.each([
  ["they removed what I changed", { a: "1" }, {}, { a: "2" }, { a: "2" }],
  ["I removed what they changed", { a: "1" }, { a: "2" }, {}, {}],
  ["one side is no text", { a: "1" }, { a: { base64: "AA==" } }, { a: "2" }, { a: "2" }],
  ["both made a file", {}, { a: "1\n" }, { a: "2\n" }, { a: "2\n" }],
] as [string, Files, Files, Files, Files][])(
  "where %s it is asked, and mine until then",
  (_, base, theirs, mine, wanted) => {
    const merged = mergeFiles(base, theirs, mine);
    expect(merged.files).toEqual(wanted);
    expect(merged.both).toMatchObject([{ path: "a", conflicts: 1 }]);
  },
);

import { expect, test } from "vitest";
import { address, isContent, isPicture, kilobytes, size } from "../src/run/blocks";

const PNG = { type: "image", mime: "image/png", base64: "iVBORw0KGgo=" } as const;

test("only pictures keep their type in an address, everything else is bytes to save", () => {
  expect(address(PNG)).toBe("data:image/png;base64,iVBORw0KGgo=");
  expect(address({ type: "image", mime: "image/svg+xml", base64: "PHN2Zy8+" })).toBe(
    "data:image/svg+xml;base64,PHN2Zy8+",
  );
  for (const mime of ["text/html", "application/pdf", "image/png+html", "text/javascript", "image/x-unknown", ""])
    expect(address({ type: "file", mime, name: "a", base64: "YQ==" })).toBe(
      "data:application/octet-stream;base64,YQ==",
    );
  expect(address({ type: "file", mime: "text/html", name: "a", text: "ü" })).toBe(
    "data:application/octet-stream;base64,w7w=",
  );
  expect(address({ type: "file", mime: "a/b", name: "a", omitted_bytes: 3 })).toBeNull();
  expect(isPicture({ type: "image", mime: "IMAGE/PNG; q=1", base64: "" })).toBe(true);
  expect(isPicture({ type: "image", mime: "image/svg+xml", text: "<svg/>" })).toBe(false);
});

test("the size is that of the bytes", () => {
  expect(["", "YQ==", "YWI=", "YWJj"].map((base64) => size({ ...PNG, base64 }))).toEqual([0, 1, 2, 3]);
  expect(size({ type: "file", text: "ü" })).toBe(2);
  expect(size({ type: "file", omitted_bytes: 7 })).toBe(7);
  expect([999, 1500, 2_000_000].map(kilobytes)).toEqual(["999 B", "1.5 kB", "2.0 MB"]);
});

test("a result that is its blocks is known by its single key", () => {
  expect(isContent({ $content: [] })).toBe(true);
  for (const other of [null, "$content", { $content: [], a: 1 }, {}, []]) expect(isContent(other)).toBe(false);
});

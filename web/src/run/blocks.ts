/** What becomes of a block: how large it is, and the address that its bytes have in this document. */
import type { Shapes } from "../api/client";

type Block = Shapes["ContentBlock"];

/** What an `img` shows, and runs nothing of. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"]);

export function isPicture(block: Block): boolean {
  return block.base64 !== undefined && PICTURES.has(bare(block));
}

/** A picture's own type, so that it is shown; anything else is bytes to save, whatever it says that it is. */
export function address(block: Block): string | null {
  const bytes = block.base64 ?? (block.text === undefined ? undefined : toBase64(block.text));
  if (bytes === undefined) return null;
  return `data:${isPicture(block) ? bare(block) : "application/octet-stream"};base64,${bytes}`;
}

export function size(block: Block): number {
  if (block.omitted_bytes !== undefined) return block.omitted_bytes;
  if (block.text !== undefined) return new TextEncoder().encode(block.text).length;
  const text = block.base64 ?? "";
  return (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
}

export function kilobytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Whether a result is nothing but its blocks: then it is not shown a second time. */
export function isContent(result: unknown): boolean {
  return (
    typeof result === "object" &&
    result !== null &&
    Object.keys(result).length === 1 &&
    Object.hasOwn(result, "$content")
  );
}

function bare(block: Block): string {
  return (block.mime ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function toBase64(text: string): string {
  let bytes = "";
  for (const one of new TextEncoder().encode(text)) bytes += String.fromCharCode(one);
  return btoa(bytes);
}

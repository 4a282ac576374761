/** Where one is inside a flow collection of YAML, `{type: string, enum: [a, b]}`, while it is being written. */

/** `keys` are those around, `[]` is an item of a list; `key` is whose value is being written, null for a key itself. */
export type FlowPlace = { keys: string[]; key: string | null; begun: string };

type Frame = { list: boolean; key: string | null };

/** The place at the end of a text that begins with `{` or `[`; null outside of it, in quotes and in a comment. */
export function flowPlace(text: string): FlowPlace | null {
  const frames: Frame[] = [];
  let begun = "";
  let quoted = false;
  const next = () => {
    begun = "";
    quoted = false;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const frame = frames.at(-1);
    if (char === "{" || char === "[") {
      frames.push({ list: char === "[", key: null });
      next();
    } else if (char === "}" || char === "]") {
      frames.pop();
      if (frames.length === 0) return null;
      next();
    } else if (char === ",") {
      if (frame) frame.key = null;
      next();
    } else if (char === ":" && frame && !frame.list && frame.key === null && (quoted || endsKey(text, at))) {
      frame.key = begun.trim();
      next();
    } else if ((char === '"' || char === "'") && begun.trim() === "") {
      const end = closing(text, at);
      if (end < 0) return null;
      begun = text.slice(at + 1, end);
      quoted = true;
      at = end;
    } else if (char === "#" && /\s$/.test(text.slice(0, at))) {
      const end = text.indexOf("\n", at);
      if (end < 0) return null;
      at = end;
    } else begun += char;
  }
  const last = frames.pop();
  if (!last) return null;
  const keys = frames.map((one) => (one.list ? "[]" : (one.key ?? "")));
  return { keys, key: last.list ? "[]" : last.key, begun: begun.trimStart() };
}

/** Whether a colon ends a key without quotes: what follows it cannot belong to a word. After quotes any does. */
function endsKey(text: string, colon: number): boolean {
  return /^([\s,[\]{}]|$)/.test(text.slice(colon + 1, colon + 2));
}

/** The end of a quoted text that begins at `from`; -1 where it has none. */
function closing(text: string, from: number): number {
  const quote = text.charAt(from);
  for (let at = from + 1; at < text.length; at++) {
    if (quote === '"' && text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === quote) {
      if (quote === '"' || text.charAt(at + 1) !== "'") return at;
      at++;
    }
  }
  return -1;
}

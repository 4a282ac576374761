import { useEffect, useState } from "react";

/** Copies a text, and says whether that worked: without TLS a browser may refuse it. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const forget = setTimeout(() => setSaid(""), 2000);
    return () => clearTimeout(forget);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Select and copy by hand");
    }
  };
  return (
    <button type="button" className="button small" onClick={copy} aria-label={said || `Copy ${what}`}>
      <span aria-live="polite">{said || "Copy"}</span>
    </button>
  );
}

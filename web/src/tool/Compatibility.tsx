import type { Tool } from "../api/queries";
import { visible } from "../parts/visible";

const WORDS = { ok: ["good", "as written"], changed: ["warn", "changed"], excluded: ["bad", "left out"] } as const;
const STRICT = { ok: "strict as written", changed: "strict with changes", excluded: "not strict" } as const;

/** What becomes of the tool in each provider's format, and why. */
export function Compatibility({ tool }: { tool: Tool }) {
  return (
    <ul>
      {Object.entries(tool.compatibility).map(([format, found]) => {
        const [tone, words] = WORDS[found.verdict];
        const reasons = [...found.reasons, ...(found.strict?.reasons ?? []).map((one) => ({ ...one, strict: true }))];
        return (
          <li key={format} className="inside format">
            <div className="row">
              <code>{format}</code>
              <span className={`mark ${tone}`}>{words}</span>
              {found.strict && <span className="mark">{STRICT[found.strict.verdict]}</span>}
            </div>
            {reasons.length > 0 && (
              <details>
                <summary>Why</summary>
                <ul className="soft">
                  {reasons.map((one, at) => (
                    <li key={at}>
                      {"strict" in one && "strict: "}
                      <code>{visible(one.pointer)}</code> {visible(one.message)}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}

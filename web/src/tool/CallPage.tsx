import { isExport } from "../api/place";
import type { Tool } from "../api/queries";
import { Code } from "../parts/Code";
import { Copy } from "../parts/Copy";
import { calls } from "./calls";
import { Definitions } from "./Definitions";
import { useTool } from "./ToolPage";

export function Component() {
  const tool = useTool();
  return isExport ? <Definitions tool={tool} /> : <Calls tool={tool} />;
}

/** How a program calls the tool, with this server's own address and arguments of an example. */
function Calls({ tool }: { tool: Tool }) {
  return (
    <div className="stack">
      <p className="soft">
        The addresses are this server's. Where it was started with a token, add <code>Authorization: Bearer …</code> to
        what runs or changes something.
      </p>
      {calls(tool, location.origin).map((call) => (
        <section key={call.title} className="panel">
          <header>
            <h2>{call.title}</h2>
            <Copy text={call.text} what={call.title} />
          </header>
          <p className="inside soft">{call.about}</p>
          <Code text={call.text} language={call.language} />
        </section>
      ))}
    </div>
  );
}

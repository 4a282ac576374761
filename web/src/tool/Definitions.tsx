import { useQuery } from "@tanstack/react-query";
import { type DefinitionFormat, definition, type Tool } from "../api/queries";
import { Code } from "../parts/Code";
import { Copy } from "../parts/Copy";
import { Failure } from "../parts/Failure";
import { Waiting } from "../parts/Waiting";

/** What models are told of the tool, format by format, to be copied: all that an export has of calling it. */
export function Definitions({ tool }: { tool: Tool }) {
  const runs = ["active", "deprecated"].includes(tool.status) && !tool.findings.some((one) => one.severity === "error");
  const formats = Object.entries(tool.compatibility).filter(([, found]) => found.verdict !== "excluded");
  return (
    <div className="stack">
      <p className="soft">
        This is a read-only catalogue: nothing answers calls here. A service on the same repository does (
        <code>toolcrib serve</code>), and its page has at this place how to call it.
        {runs && " Below is what a model is given of this tool."}
      </p>
      {runs ? (
        formats.map(([format]) => <Definition key={format} tool={tool} format={format as DefinitionFormat} />)
      ) : (
        <p className="note warn">No model is given this tool: it is a draft, disabled, or has errors.</p>
      )}
    </div>
  );
}

function Definition({ tool, format }: { tool: Tool; format: DefinitionFormat }) {
  const { data, error, refetch } = useQuery(definition(tool.name, format));
  return (
    <section className="panel" aria-label={format}>
      <header>
        <h2>
          <code>{format}</code>
        </h2>
        {data && <Copy text={data} what={`the definition for ${format}`} />}
      </header>
      {data ? (
        <Code text={data} language="json" />
      ) : error ? (
        <Failure error={error} retry={() => refetch()} />
      ) : (
        <Waiting>Loading the definition</Waiting>
      )}
    </section>
  );
}

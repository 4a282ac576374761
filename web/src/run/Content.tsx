import type { Shapes } from "../api/client";
import { visible } from "../parts/visible";
import { address, isPicture, kilobytes, size } from "./blocks";

export type Block = Shapes["ContentBlock"];

/** Texts as they are, pictures to see, and everything else to save: nothing of a tool is ever a document here. */
export function Content({ blocks }: { blocks: readonly Block[] }) {
  return (
    <div className="content stack">
      {blocks.map((block, at) => (
        <Shown key={at} block={block} />
      ))}
    </div>
  );
}

function Shown({ block }: { block: Block }) {
  if (block.type === "text") return <p className="breaks">{visible(block.text ?? "")}</p>;
  const name = block.name || (block.type === "image" ? "picture" : "file");
  const said = `${visible(block.mime ?? "")}, ${kilobytes(size(block))}`;
  const there = address(block);
  if (!there)
    return (
      <p className="soft">
        {visible(name)} ({said}) was too large to be kept on record.
      </p>
    );
  const save = (
    <a className="button small" href={there} download={visible(name)}>
      Save
    </a>
  );
  if (isPicture(block))
    return (
      <figure>
        <img src={there} alt={visible(name)} />
        <figcaption className="row soft">
          <bdi>{visible(name)}</bdi> {said} {save}
        </figcaption>
      </figure>
    );
  return (
    <div>
      <div className="row">
        <bdi>{visible(name)}</bdi> <span className="soft">{said}</span> {save}
      </div>
      {block.text && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with a keyboard
        <pre className="log" tabIndex={0}>
          {visible(block.text.slice(0, SHOWN_CHARACTERS))}
          {block.text.length > SHOWN_CHARACTERS && "…"}
        </pre>
      )}
    </div>
  );
}

const SHOWN_CHARACTERS = 20_000;

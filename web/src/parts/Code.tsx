import { Suspense, use } from "react";
import { visible } from "./visible";
import "./code.css";

type Props = { text: string; language: string; numbered?: boolean; marks?: ReadonlyMap<number, "error" | "warning"> };
type Piece = { text: string; style: string };

const MOST_COLOURED = 200_000;

/** Source text with colours and, if wished, numbered lines that can be linked to (#L12). */
export function Code(props: Props) {
  return (
    <Suspense fallback={<Lines {...props} lines={plain(props.text)} />}>
      <Coloured {...props} />
    </Suspense>
  );
}

// The highlighter is loaded with the first text that needs it.
let highlighter: Promise<typeof import("./highlight")> | undefined;

function Coloured(props: Props) {
  highlighter ??= import("./highlight");
  const { coloured } = use(highlighter);
  const small = props.text.length <= MOST_COLOURED;
  return <Lines {...props} lines={small ? coloured(props.text, props.language) : plain(props.text)} />;
}

function plain(text: string): Piece[][] {
  return text.split("\n").map((line) => [{ text: line, style: "" }]);
}

function Lines({ lines, numbered, marks }: Props & { lines: Piece[][] }) {
  const shown = lines.length > 1 && lines.at(-1)?.every((piece) => piece.text === "") ? lines.slice(0, -1) : lines;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with a keyboard
    <pre className={`code ${numbered ? "numbered" : ""}`} tabIndex={0}>
      {shown.map((line, at) => (
        <Line key={at} number={numbered ? at + 1 : 0} mark={marks?.get(at + 1)} pieces={line} />
      ))}
    </pre>
  );
}

function Line({ number, mark, pieces }: { number: number; mark: string | undefined; pieces: Piece[] }) {
  const text = pieces.map((piece, at) =>
    piece.style ? (
      <span key={at} className={piece.style}>
        {visible(piece.text)}
      </span>
    ) : (
      visible(piece.text)
    ),
  );
  if (!number)
    return (
      <code>
        {text}
        {"\n"}
      </code>
    );
  return (
    <code id={`L${number}`} className={mark ?? ""}>
      <a href={`#L${number}`} data-number={number} tabIndex={-1}>
        <span className="hidden-label">{`Line ${number}`}</span>
      </a>
      <bdi>{text}</bdi>
      {"\n"}
    </code>
  );
}

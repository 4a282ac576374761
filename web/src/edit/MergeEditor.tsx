import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";
import { Echoes } from "./echoes";
import { basics, languageOf, lineEnds } from "./editing";

type Props = { path: string; theirs: string; result: string; change: (text: string) => void };

const NARROW = "(max-width: 760px)";
const COLLAPSED = { margin: 3, minSize: 6 };

/**
 * Theirs, and the result, which can be written in: side by side, or one within the other where there is no room.
 * Lines that are the same are left out; CodeMirror's own way to see them wants a mouse, the button does not. Styles as
 * in {@link CodeEditor}.
 */
export function MergeEditor({ path, theirs, result, change }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const echoes = useRef(new Echoes());
  const tell = useRef(change);
  tell.current = (written) => {
    echoes.current.told(written, result);
    change(written);
  };
  const latest = useRef(result);
  latest.current = result;
  const [all, setAll] = useState(false);

  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const told = EditorView.updateListener.of((update) => update.docChanged && tell.current(update.state.sliceDoc()));
    const show = matchMedia(NARROW).matches ? within : beside;
    const { result: shown, sides, end } = show(root, path, theirs, latest.current, told, all);
    editor.current = shown;
    void languageOf(path)
      .catch(() => null)
      .then((effect) => {
        if (effect && editor.current === shown) for (const side of sides) side.dispatch({ effects: effect });
      });
    return () => {
      end();
      editor.current = null;
    };
  }, [path, theirs, all]);

  useEffect(() => {
    const shown = editor.current;
    if (echoes.current.isOwn(result)) return;
    if (shown && shown.state.sliceDoc() !== result)
      shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: result } });
  }, [result]);

  return (
    <>
      <p>
        <button type="button" className="button small" aria-pressed={all} onClick={() => setAll(!all)}>
          Show the lines that are the same
        </button>
      </p>
      <div className="sides soft" aria-hidden="true">
        <span>Theirs, as committed</span>
        <span>The result: yours with theirs. Write in it, or take a change with the arrows</span>
      </div>
      <div ref={host} className="merge-editor" data-path={path} />
    </>
  );
}

type Shown = { result: EditorView; sides: EditorView[]; end: () => void };

function beside(root: ShadowRoot, path: string, theirs: string, result: string, told: Extension, all: boolean): Shown {
  const view = new MergeView({
    root,
    parent: root,
    revertControls: "a-to-b",
    renderRevertControl: () => button("→", "Take theirs here"),
    ...(all ? {} : { collapseUnchanged: COLLAPSED }),
    a: { doc: theirs, extensions: [side(theirs, path, "Theirs of"), EditorState.readOnly.of(true)] },
    b: { doc: result, extensions: [side(result, path, "Result for"), told] },
  });
  return { result: view.b, sides: [view.a, view.b], end: () => view.destroy() };
}

function within(root: ShadowRoot, path: string, theirs: string, result: string, told: Extension, all: boolean): Shown {
  const merge = unifiedMergeView({
    original: theirs,
    ...(all ? {} : { collapseUnchanged: COLLAPSED }),
    mergeControls: (type, action) => {
      const made = button(type === "accept" ? "Keep" : "Take theirs", "");
      made.addEventListener("mousedown", action);
      made.addEventListener("click", (event) => event.detail === 0 && action(event));
      return made;
    },
  });
  const view = new EditorView({
    root,
    parent: root,
    doc: result,
    extensions: [side(result, path, "Result for"), merge, told],
  });
  return { result: view, sides: [view], end: () => view.destroy() };
}

const side = (text: string, path: string, label: string): Extension => [
  // First: of two names the first is taken, and basics() gives one too.
  EditorView.contentAttributes.of({ "aria-label": `${label} ${path}` }),
  lineEnds(text),
  basics(path),
];

function button(text: string, label: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  // Its surroundings are CodeMirror's, where no style sheet of the page reaches.
  Object.assign(made.style, {
    font: "12px var(--sans)",
    padding: "1px 6px",
    minWidth: "24px",
    minHeight: "24px",
    border: "1px solid var(--line-strong)",
    borderRadius: "4px",
    background: "var(--surface)",
    color: "var(--text)",
    cursor: "pointer",
  });
  if (label) {
    made.title = label;
    made.setAttribute("aria-label", label);
  }
  return made;
}

import type { Diagnostic } from "@codemirror/lint";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Finding } from "../api/queries";
import { Echoes } from "./echoes";
import { basics, languageOf, lineEnds } from "./editing";

export type Place = { path: string; line: number; column: number };

type Props = {
  path: string;
  text: string;
  change: (text: string) => void;
  findings: readonly Finding[];
  /** Where the cursor is to go; a new object goes there again. */
  place: Place | null;
};

/**
 * One file in CodeMirror. It lives in a shadow root: there its styles are constructed sheets, which the page's policy
 * allows, as it would not allow a style element.
 */
export function CodeEditor({ path, text, change, findings, place }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const states = useRef(new Map<string, EditorState>());
  const shown = useRef("");
  const echoes = useRef(new Echoes());
  const tell = useRef(change);
  tell.current = (written) => {
    echoes.current.told(written, text);
    change(written);
  };

  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const made = new EditorView({ root, parent: root });
    view.current = made;
    return () => {
      shown.current = "";
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    if (shown.current !== path) {
      if (shown.current) states.current.set(shown.current, editor.state);
      shown.current = path;
      echoes.current = new Echoes();
      editor.setState(states.current.get(path) ?? newState(path, text, (written) => tell.current(written)));
      void languageOf(path)
        .catch(() => null) // without colours it can be written all the same
        .then((effect) => shown.current === path && effect && editor.dispatch({ effects: effect }));
    }
    if (echoes.current.isOwn(text)) return;
    // The form, a merge or another tab of this page has changed it.
    const now = editor.state.sliceDoc();
    if (now !== text) editor.dispatch({ changes: difference(now, text, editor.state.lineBreak) });
  }, [path, text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || shown.current !== path) return;
    const marks = findings.filter((one) => one.file === path).map((one) => diagnostic(editor.state, one));
    editor.dispatch(setDiagnostics(editor.state, marks));
  }, [findings, path]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !place || place.path !== path) return;
    const anchor = position(editor.state, place.line, place.column);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    editor.focus();
  }, [place, path]);

  return <div ref={host} className="code-editor" data-path={path} />;
}

function newState(path: string, text: string, tell: (text: string) => void): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      lineEnds(text),
      basics(path),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) tell(update.state.sliceDoc());
      }),
    ],
  });
}

/** The one stretch that differs, so that the cursor stays where nothing changed. */
function difference(old: string, next: string, lineBreak: string) {
  const [a, b] = lineBreak === "\n" ? [old, next] : [old.replaceAll("\r\n", "\n"), next.replaceAll("\r\n", "\n")];
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) from++;
  let tail = 0;
  while (tail < a.length - from && tail < b.length - from && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { from, to: a.length - tail, insert: b.slice(from, b.length - tail) };
}

function position(state: EditorState, line: number, column: number): number {
  const at = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  return Math.min(at.from + Math.max(column - 1, 0), at.to);
}

function diagnostic(state: EditorState, finding: Finding): Diagnostic {
  const from = position(state, finding.line, finding.column);
  const word = state.wordAt(from);
  const to = word && word.to > from ? word.to : Math.min(from + 1, state.doc.lineAt(from).to);
  return { from, to, severity: finding.severity, message: finding.message, source: finding.code };
}

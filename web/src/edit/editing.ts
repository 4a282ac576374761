/** How CodeMirror is set up here: keys, looks, languages. Loaded by the editor only. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, type StateEffect } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const language = new Compartment();

/** A file keeps its kind of line ends. */
export function lineEnds(text: string): Extension {
  return text.includes("\r\n") ? EditorState.lineSeparator.of("\r\n") : [];
}

export function basics(path: string): Extension {
  return [
    lineNumbers(),
    lintGutter(),
    foldGutter(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of(path.endsWith(".py") ? "    " : "  "),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    language.of([]),
    looks,
    typedOver,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": `Text of ${path}` }),
    // Escape, then Tab, leaves the editor: a keyboard is never caught in it.
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      ...completionKeymap,
      ...lintKeymap,
      indentWithTab,
    ]),
  ];
}

/**
 * Text typed over a selection goes in by the editor itself. Left to the browser it would keep the look of what it
 * replaces in a style attribute, which the page's policy forbids.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    const { data } = event;
    if (event.inputType !== "insertText" || !data || empty || view.composing || view.state.readOnly) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: "input.type", scrollIntoView: true });
    const handled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, data, insert));
    if (!handled) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});

/** The language of a file, once it is loaded; null where it has none. */
export async function languageOf(path: string): Promise<StateEffect<unknown> | null> {
  const found = await loaded(path);
  return found && language.reconfigure(found);
}

async function loaded(path: string): Promise<Extension | null> {
  if (path === "tool.yaml") {
    const [{ yaml }, { manifestHelp }] = await Promise.all([import("@codemirror/lang-yaml"), import("./manifestHelp")]);
    return [yaml(), manifestHelp];
  }
  if (/\.ya?ml$/.test(path)) return (await import("@codemirror/lang-yaml")).yaml();
  if (path.endsWith(".py")) return (await import("@codemirror/lang-python")).python();
  if (path.endsWith(".md")) return (await import("@codemirror/lang-markdown")).markdown();
  if (path.endsWith(".json")) return (await import("@codemirror/lang-json")).json();
  return null;
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)", fontStyle: "italic" },
  {
    tag: [tags.definition(tags.propertyName), tags.propertyName, tags.function(tags.variableName)],
    color: "var(--code-name)",
  },
  { tag: [tags.heading, tags.strong], fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, textDecoration: "underline" },
]);

export const looks: Extension = [
  syntaxHighlighting(colours),
  EditorView.theme({
    "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "13px" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", overflow: "auto" },
    ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--soft)", borderRight: "1px solid var(--line)" },
    ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
    ".cm-activeLineGutter": {
      backgroundColor: "color-mix(in srgb, var(--accent) 12%, transparent)",
      color: "var(--text)",
    },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
      background: "color-mix(in srgb, var(--accent) 26%, transparent) !important",
    },
    ".cm-tooltip": {
      border: "1px solid var(--line-strong)",
      borderRadius: "6px",
      backgroundColor: "var(--surface)",
      color: "var(--text)",
      boxShadow: "0 4px 16px rgb(0 0 0 / 18%)",
      fontFamily: "var(--sans)",
      fontSize: "13px",
      maxWidth: "min(480px, 90vw)",
    },
    ".cm-tooltip-lint": { padding: "0" },
    ".cm-diagnostic": { padding: "6px 10px", borderLeftWidth: "3px" },
    ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
    ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
    ".cm-diagnosticSource": { color: "var(--soft)", opacity: "1" },
    ".cm-lintRange-error": {
      backgroundImage: "none",
      textDecoration: "underline wavy var(--bad)",
      textUnderlineOffset: "3px",
    },
    ".cm-lintRange-warning": {
      backgroundImage: "none",
      textDecoration: "underline wavy var(--warn)",
      textUnderlineOffset: "3px",
    },
    ".cm-lint-marker": {
      content: "none !important",
      width: "10px",
      height: "10px",
      margin: "5px 2px 0",
      borderRadius: "50%",
    },
    ".cm-lint-marker-error": { backgroundColor: "var(--bad)" },
    ".cm-lint-marker-warning": { backgroundColor: "var(--warn)", borderRadius: "2px" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 8px" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
      backgroundColor: "var(--accent)",
      color: "var(--on-accent)",
    },
    ".cm-completionInfo": { padding: "8px 10px", maxWidth: "320px" },
    ".cm-hint": { padding: "8px 10px", whiteSpace: "pre-wrap" },
    ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
    ".cm-panels input, .cm-panels button": { font: "inherit" },
    ".cm-foldPlaceholder": { backgroundColor: "var(--raised)", border: "1px solid var(--line)", color: "var(--soft)" },
    ".cm-specialChar": { color: "var(--bad)" },
    ".cm-matchingBracket": { backgroundColor: "var(--accent-ground) !important" },
    ".cm-collapsedLines": { background: "var(--raised)", color: "var(--soft)" },
    // The sign of the library is missing from many fonts.
    ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: '"…" !important' },
    "&.cm-merge-a .cm-changedLine": { backgroundColor: "var(--bad-ground) !important" },
    "&.cm-merge-b .cm-changedLine, &:not(.cm-merge-a) .cm-changedLine": {
      backgroundColor: "var(--good-ground) !important",
    },
    ".cm-deletedChunk": { backgroundColor: "var(--bad-ground) !important" },
    ".cm-changedText": { background: "color-mix(in srgb, var(--good) 25%, transparent) !important" },
  }),
];

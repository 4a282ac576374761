import { type FormEvent, useState } from "react";
import { useTitle } from "../parts/title";
import { type Draft, NAME_PATTERN } from "./draft";
import { Editor } from "./Editor";
import { TEMPLATES } from "./templates";
import "./edit.css";

/** A new tool: its name and what it begins as, then the editor. */
export function Component() {
  useTitle("New tool");
  const [draft, setDraft] = useState<Draft | null>(null);
  if (draft) return <Editor first={draft} leftOut={[]} anew={() => setDraft(null)} />;
  const begin = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const template = TEMPLATES.find((one) => one.id === form.get("template"));
    if (template) setDraft({ base: null, files: template.files(String(form.get("name"))) });
  };
  return (
    <form className="stack new-tool" onSubmit={begin}>
      <h1>New tool</h1>
      <label>
        Name
        <input
          className="input mono"
          name="name"
          required
          // biome-ignore lint/a11y/noAutofocus: the one thing to do on this page
          autoFocus
          pattern={NAME_PATTERN}
          title="a to z, 0 to 9 and _, beginning with a letter, at most 64 characters"
          placeholder="resolve_host"
          autoComplete="off"
          spellCheck={false}
        />
        <span className="soft">a to z, 0 to 9 and _. Models see it, and it is the name of the folder.</span>
      </label>
      <fieldset>
        <legend>Begin with</legend>
        {TEMPLATES.map((template, at) => (
          <label key={template.id} className="panel inside choice">
            <input type="radio" name="template" value={template.id} defaultChecked={at === 0} />
            <span>
              <strong>{template.title}</strong>
              <span className="soft">{template.summary}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <p>
        <button type="submit" className="button primary">
          Open the editor
        </button>
      </p>
    </form>
  );
}

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, type Shapes } from "../api/client";
import { Ask } from "../parts/Ask";
import { Failure } from "../parts/Failure";
import { readAuthor, signature } from "./author";
import { NAME_PATTERN } from "./draft";
import { useGone } from "./outcome";

type Props = {
  name: string;
  digest: string;
  /** Whether there is something that is not committed: it would be left behind. */
  dirty: boolean;
  renamed: (name: string) => void;
  proposed: (url: string | null) => void;
};

/** Gives the tool another name, in one commit. */
export function RenameTool(props: Props) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={props.dirty}
        title={props.dirty ? "Commit your changes first" : ""}
        onClick={() => setAsked(true)}
      >
        Rename this tool…
      </button>
      {asked && <NameDialog {...props} close={() => setAsked(false)} />}
    </>
  );
}

function NameDialog({ name, digest, renamed, proposed, close }: Props & { close: () => void }) {
  const [to, setTo] = useState(name);
  const renaming = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/tools/{name}/rename", {
        params: { path: { name }, header: { "If-Match": digest } },
        body: { name: to, ...signature(readAuthor(), "") },
      }),
    onSuccess: useGone(name, { close, proposed }, ({ data }) => renamed((data as Shapes["Tool"]).name)),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (to !== name) renaming.mutate();
  };
  return (
    <Ask title={`Rename ${name}`} close={close}>
      <form className="stack" onSubmit={send}>
        <p>
          Whoever calls <code>{name}</code> must call it by its new name, and toolsets that name it must be changed. Its
          versions begin anew; those until now stay under the old name.
        </p>
        <label>
          New name
          <input
            className="input mono"
            value={to}
            required
            pattern={NAME_PATTERN}
            title="a to z, 0 to 9 and _, beginning with a letter, at most 64 characters"
            onChange={(event) => setTo(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <div className="row">
          <button type="submit" className="button primary" disabled={to === name || renaming.isPending}>
            {renaming.isPending ? "Renaming…" : "Rename"}
          </button>
          <button type="button" className="button" onClick={close}>
            Close
          </button>
        </div>
        {renaming.error && <Failure error={renaming.error} />}
      </form>
    </Ask>
  );
}

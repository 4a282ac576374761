import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { api } from "../api/client";
import { Ask } from "../parts/Ask";
import { Failure } from "../parts/Failure";
import { readAuthor, signature } from "./author";
import { useGone } from "./outcome";

type Props = { name: string; digest: string; proposed: (url: string | null) => void };

/** Removes a tool, once its name was typed. */
export function DeleteTool(props: Props) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button type="button" className="button danger" onClick={() => setAsked(true)}>
        Delete this tool…
      </button>
      {asked && <Confirm {...props} close={() => setAsked(false)} />}
    </>
  );
}

function Confirm({ name, digest, proposed, close }: Props & { close: () => void }) {
  const [typed, setTyped] = useState("");
  const navigate = useNavigate();
  const removing = useMutation({
    mutationFn: () =>
      api.DELETE("/api/v1/tools/{name}", {
        params: { path: { name }, header: { "If-Match": digest } },
        body: signature(readAuthor(), ""),
      }),
    onSuccess: useGone(name, { close, proposed }, () => navigate(`/tools/${encodeURIComponent(name)}/history`)),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (typed === name) removing.mutate();
  };
  return (
    <Ask title={`Delete ${name}?`} close={close}>
      <form className="stack" onSubmit={send}>
        <p>Models and people no longer find it. Its versions stay, and any of them can be restored.</p>
        <label>
          <span>
            Type <code>{name}</code> to say that you mean this one
          </span>
          <input
            className="input mono"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <div className="row">
          <button type="submit" className="button danger" disabled={typed !== name || removing.isPending}>
            {removing.isPending ? "Deleting…" : "Delete"}
          </button>
          <button type="button" className="button" onClick={close}>
            Keep
          </button>
        </div>
        {removing.error && <Failure error={removing.error} />}
      </form>
    </Ask>
  );
}

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, type Shapes } from "../api/client";
import { Problem } from "../api/problem";
import { Ask } from "../parts/Ask";
import { DiffView } from "../parts/DiffView";
import { Failure } from "../parts/Failure";
import { Waiting } from "../parts/Waiting";
import { authorFault, keepAuthor, readAuthor, signature } from "./author";
import { asEdit, type Draft } from "./draft";
import { proposalOf } from "./outcome";
import type { Said } from "./useFindings";

type Props = {
  draft: Draft;
  said: Said;
  close: () => void;
  landed: (name: string, digest: string) => void;
  proposed: (url: string | null) => void;
  stale: (problem: Problem) => void;
  anew: () => void;
};

const MESSAGE = "toolcrib.message";

/** What will be committed, and what the commit says: message and author, kept for the next one. */
export function CommitDialog({ draft, said, close, landed, proposed, stale }: Props) {
  const [author, setAuthor] = useState(readAuthor);
  const [message, setMessage] = useState(() => sessionStorage.getItem(MESSAGE) ?? "");
  const committing = useMutation({
    mutationFn: () => send(draft, signature(author, message)),
    onSuccess: (done) => {
      sessionStorage.removeItem(MESSAGE);
      if ("url" in done) proposed(done.url);
      else landed(done.name, done.digest);
    },
    onError: (error) => Problem.from(error).status === 412 && stale(Problem.from(error)),
  });
  const fault = authorFault(author);
  const commit = (event: FormEvent) => {
    event.preventDefault();
    keepAuthor(author);
    sessionStorage.setItem(MESSAGE, message);
    committing.mutate();
  };
  const { validation } = said;
  const fits = validation?.valid && !said.checking && !said.problem;
  return (
    <Ask title="Commit" close={close} wide>
      {validation && !validation.valid && (
        <p className="note bad">
          There are errors: a tool with errors is not committed. The findings lead to their lines.
        </p>
      )}
      <form className="stack" onSubmit={commit}>
        <label>
          Message
          <input
            className="input"
            value={message}
            placeholder={validation?.message}
            onChange={(event) => setMessage(event.target.value)}
            autoComplete="off"
          />
        </label>
        <div className="two">
          <label>
            Your name
            <input
              className="input"
              autoComplete="name"
              value={author.name}
              onChange={(event) => setAuthor({ ...author, name: event.target.value })}
            />
          </label>
          <label>
            Your e-mail address
            <input
              className="input"
              type="email"
              autoComplete="email"
              value={author.email}
              onChange={(event) => setAuthor({ ...author, email: event.target.value })}
            />
          </label>
        </div>
        {fault && <p className="fault">{fault}</p>}
        <div className="row">
          <button type="submit" className="button primary" disabled={!fits || Boolean(fault) || committing.isPending}>
            {committing.isPending ? "Committing…" : "Commit"}
          </button>
          <button type="button" className="button" onClick={close}>
            Back
          </button>
        </div>
        {committing.error && <Failure error={committing.error} />}
      </form>
      {said.checking ? <Waiting>Checking</Waiting> : validation && <DiffView unified={validation.unified} />}
    </Ask>
  );
}

type Done = { name: string; digest: string } | { url: string | null };

async function send(draft: Draft, signed: object): Promise<Done> {
  const files = asEdit(draft).files ?? {};
  const answer = draft.base
    ? await api.PATCH("/api/v1/tools/{name}", {
        params: { path: { name: draft.base.name }, header: { "If-Match": draft.base.digest } },
        body: { files, ...signed },
      })
    : await api.POST("/api/v1/tools", { body: { files: files as Shapes["Files"], ...signed } });
  const proposal = proposalOf(answer);
  if (proposal) return { url: proposal.url };
  const tool = answer.data as Shapes["Tool"];
  return { name: tool.name, digest: tool.digest };
}

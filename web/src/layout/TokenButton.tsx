import { type FormEvent, useRef, useState } from "react";
import { keepToken, readToken } from "../api/token";

/** Where the operator set a token, changes and runs need it: it is asked for here. */
export function TokenButton() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [has, setHas] = useState(readToken() !== "");
  const keep = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const token = String(new FormData(event.currentTarget).get("token") ?? "").trim();
    keepToken(token);
    setHas(token !== "");
    dialog.current?.close();
  };
  return (
    <>
      <button type="button" className="button quiet small" onClick={() => dialog.current?.showModal()}>
        {has ? "Token set" : "Token"}
      </button>
      <dialog ref={dialog} className="panel dialog" aria-labelledby="token-title">
        <form className="stack" onSubmit={keep}>
          <h2 id="token-title">Access token</h2>
          <p className="soft">
            Needed only where this service was started with TOOLCRIB_TOKEN, for running and changing tools. It stays in
            this tab.
          </p>
          <label>
            Token
            <input className="input" name="token" type="password" autoComplete="off" defaultValue={readToken()} />
          </label>
          <div className="row">
            <button type="submit" className="button primary">
              Keep
            </button>
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

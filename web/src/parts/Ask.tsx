import { type ReactNode, useEffect, useRef } from "react";

type Props = { title: string; close: () => void; children: ReactNode; wide?: boolean };

/** A dialog over the page while it is mounted. Escape closes it, the focus stays in it and returns afterwards. */
export function Ask({ title, close, children, wide = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? "panel dialog wide" : "panel dialog"}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <div className="stack">
        <h2>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

import Markdown from "markdown-to-jsx/react";
import type { ComponentProps } from "react";
import { visible } from "./visible";

/** Markdown of a tool's author. HTML in it is text, images are not fetched, links tell their target nothing. */
export function Prose({ children }: { children: string }) {
  return (
    <Markdown
      className="prose"
      options={{
        disableParsingRawHTML: true,
        disableAutoLink: true,
        forceBlock: true,
        overrides: {
          a: { component: Outward },
          img: { component: Picture },
          h1: { component: Heading },
          h2: { component: Heading },
          h3: { component: Heading },
          h4: { component: Heading },
          h5: { component: Heading },
          h6: { component: Heading },
          input: { component: "span" },
        },
      }}
    >
      {visible(children)}
    </Markdown>
  );
}

function Outward({ href, children }: ComponentProps<"a">) {
  if (!href || !/^(https?:|mailto:)/i.test(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow">
      {children}
    </a>
  );
}

/** Without the id that the library makes of its words: ids are the page's own. */
function Heading({ children }: ComponentProps<"h3">) {
  return <h3>{children}</h3>;
}

function Picture({ alt }: ComponentProps<"img">) {
  return <span className="soft">[{alt || "image"}]</span>;
}

import { useState } from "react";
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigation } from "react-router";
import { inRoot, isExport } from "../api/place";
import { ExportLine } from "./ExportLine";
import { Reachability } from "./Reachability";
import { TokenButton } from "./TokenButton";
import { applyTheme, readTheme, type Theme } from "./theme";
import "./layout.css";

const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function Layout() {
  const { pathname } = useLocation();
  const loading = useNavigation().state === "loading";
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <NavLink to="/" className="brand" end>
          <img src={inRoot("favicon.svg")} alt="" width="22" height="22" />
          Toolcrib
        </NavLink>
        <nav aria-label="Main">
          <Link to="/" aria-current={/^\/(tools|$)/.test(pathname) ? "page" : undefined}>
            Tools
          </Link>
          {!isExport && (
            <>
              <NavLink to="/executions">Executions</NavLink>
              <NavLink to="/status">Status</NavLink>
            </>
          )}
        </nav>
        <div className="row">
          {!isExport && (
            <>
              <Link className="button small" to="/new" aria-label="New tool">
                <span aria-hidden="true" className="narrow-only">
                  +
                </span>
                <span className="wide-only">New tool</span>
              </Link>
              <TokenButton />
            </>
          )}
          <ThemeButton />
        </div>
      </header>
      {loading && <div className="progress" role="progressbar" aria-label="Loading the page" />}
      {isExport ? <ExportLine /> : <Reachability />}
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState(readTheme);
  const change = () => {
    applyTheme(NEXT[theme]);
    setTheme(NEXT[theme]);
  };
  return (
    <button type="button" className="button quiet small" onClick={change} title="Change between light and dark">
      <span aria-hidden="true">{{ system: "◐", light: "○", dark: "●" }[theme]}</span>
      <span className="hidden-label">Colours: </span>
      <span className="wide-only">{{ system: "Auto", light: "Light", dark: "Dark" }[theme]}</span>
    </button>
  );
}

/** The addresses of the page. The service answers each with the same document (registry/http/routes/page.py lists them). */
import { createBrowserRouter, type RouteObject } from "react-router";
import { basename, isExport } from "./api/place";
import { Catalogue } from "./catalogue/Catalogue";
import { Layout } from "./layout/Layout";
import { Lost } from "./layout/Lost";
import { Waiting } from "./parts/Waiting";

const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <Lost />,
    hydrateFallbackElement: <Waiting>Loading the page</Waiting>,
    children: [
      {
        // A view that fails leaves the rest of the page in place.
        errorElement: <Lost />,
        children: [
          { index: true, element: <Catalogue /> },
          { path: "tools", element: <Catalogue /> },
          // What only some visits need is loaded by those visits.
          {
            path: "tools/:name",
            lazy: () => import("./tool/ToolPage"),
            children: [
              { index: true, lazy: () => import("./tool/Overview") },
              ...onlyServed({ path: "run", lazy: () => import("./run/RunPage") }),
              { path: "files/*", lazy: () => import("./tool/FilesPage") },
              { path: "call", lazy: () => import("./tool/CallPage") },
            ],
          },
          ...onlyServed(
            { path: "new", lazy: () => import("./edit/NewPage") },
            { path: "tools/:name/edit", lazy: () => import("./edit/EditPage") },
            { path: "tools/:name/history", lazy: () => import("./history/HistoryPage") },
            { path: "executions", lazy: () => import("./executions/ExecutionsPage") },
            { path: "executions/:id", lazy: () => import("./executions/ExecutionPage") },
            { path: "status", lazy: () => import("./status/StatusPage") },
          ),
          { path: "*", element: <Lost /> },
        ],
      },
    ],
  },
];

export const router = createBrowserRouter(routes, { basename });

/** Views of what an export does not have. */
function onlyServed(...views: RouteObject[]): RouteObject[] {
  return isExport ? [] : views;
}

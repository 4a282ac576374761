import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Puts each built text beside itself compressed, so that the service need not compress at all. */
function compressed(): Plugin {
  const texts = /\.(js|css|html|svg)$/;
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
        if (!texts.test(name)) continue;
        const path = join("dist", name);
        const content = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(content, best));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  // An export (toolcrib export) is served below any path: what scripts and styles refer to is found from where they are.
  experimental: { renderBuiltUrl: (_, { hostType }) => (hostType === "html" ? undefined : { relative: true }) },
  // What @rjsf/core exports for tests imports a validator that makes code from schemas, which the page's policy forbids.
  resolve: { alias: { "@rjsf/validator-ajv8": fileURLToPath(new URL("src/run/validator.ts", import.meta.url)) } },
  build: {
    target: "es2023",
    // The policy of the page has no data: for fonts and scripts; every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // The time limit is for what hangs: a busy machine is slow.
  test: { include: ["tests/**/*.test.ts"], setupFiles: ["tests/setup.ts"], testTimeout: 600_000 },
  // `npm run dev` shows the page beside a running service.
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/readyz": "http://127.0.0.1:8080" } },
});

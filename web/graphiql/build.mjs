// Bundles the page into dist/: index.html, and content-hashed files with their gzips in assets/.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const common = {
  bundle: true,
  minify: true,
  metafile: true,
  outdir: "dist/assets",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  target: "es2022",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
};

/** Map from an entry point's path to the address its bundle is served under. */
function addresses({ metafile }) {
  const pairs = Object.entries(metafile.outputs)
    .filter(([, output]) => output.entryPoint)
    .map(([file, output]) => [output.entryPoint, `/graphql/assets/${basename(file)}`]);
  return new Map(pairs);
}

const workerEntries = {
  editor: "node_modules/monaco-editor/esm/vs/editor/editor.worker.js",
  json: "node_modules/monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "node_modules/monaco-graphql/esm/graphql.worker.js",
};
const workers = addresses(
  await build({ ...common, entryPoints: Object.values(workerEntries), format: "iife" }),
);
const workerUrls = Object.fromEntries(
  Object.entries(workerEntries).map(([label, entry]) => [label, workers.get(entry)]),
);

const scripts = addresses(
  await build({
    ...common,
    entryPoints: ["src/main.tsx"],
    format: "esm",
    splitting: true,
    jsx: "automatic",
    // GraphiQL's one style sheet (below) already holds what Monaco's modules import piecemeal.
    loader: { ".css": "empty", ".graphql": "text", ".ttf": "empty" },
    define: { ...common.define, WORKER_URLS: JSON.stringify(workerUrls) },
  }),
);
const styles = addresses(await build({ ...common, entryPoints: ["src/style.css"] }));

const template = await readFile("index.html", "utf8");
await writeFile(
  "dist/index.html",
  template
    .replace("{{script}}", scripts.get("src/main.tsx"))
    .replace("{{style}}", styles.get("src/style.css")),
);

for (const name of await readdir(common.outdir)) {
  const file = join(common.outdir, name);
  await writeFile(`${file}.gz`, gzipSync(await readFile(file)));
}

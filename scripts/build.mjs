// Builds dist/: type declarations by tsc, and one bundled file of which every subpath of the package is a view.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Built beside `dist` and put in its place as a whole: something may be running from there. */
const dist = join(root, "dist.new");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Loaded from node_modules, and only when used. */
const EXTERNAL = [
  "@opentelemetry/exporter-metrics-otlp-http", "@opentelemetry/exporter-prometheus",
  "@opentelemetry/otlp-exporter-base", "@opentelemetry/otlp-transformer", "@opentelemetry/sdk-metrics",
  "@opentelemetry/sdk-node", "re2", "re2js",
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "cli"), { recursive: true });

const types = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--emitDeclarationOnly", "--outDir", dist], { cwd: root, stdio: "inherit" });
if (types.status !== 0) process.exit(types.status ?? 1);

const common = { absWorkingDir: root, bundle: true, platform: "node", format: "esm", target: "node22", metafile: true, logLevel: "warning" };
/** YAML is needed by processes that have a policy file; the others must not pay for it. Bundled, it runs on first use. */
const lazyYaml = {
  name: "lazy-yaml",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^yaml$/ }, ({ kind }) => (kind === "import-statement" ? { path: "yaml", namespace: "lazy" } : undefined));
    onLoad({ filter: /./, namespace: "lazy" }, () => ({
      resolveDir: root,
      contents: `const yaml = () => require("yaml");
        export const isMap = (node) => yaml().isMap(node), isScalar = (node) => yaml().isScalar(node), parseDocument = (...args) => yaml().parseDocument(...args);
        export function LineCounter() { return new (yaml().LineCounter)(); }`,
    }));
  },
};
/** An `import` of one of Node's modules runs all of its lazy parts; a look-up in its place and, for the heavy ones, on use. */
const lazyBuiltins = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:|(process|buffer|crypto|os|fs|util|child_process|path|url)$)/ }, ({ path }) => ({ path, namespace: "builtin" }));
    onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({ contents: BUILTIN[path] ?? `module.exports = process.getBuiltinModule(${JSON.stringify(path)});` }));
  },
};
const BUILTIN = {
  process: "module.exports = process;",
  crypto: 'export const randomUUID = () => process.getBuiltinModule("node:crypto").randomUUID();',
  util: 'export const inspect = (...args) => process.getBuiltinModule("node:util").inspect(...args); export const promisify = (f) => process.getBuiltinModule("node:util").promisify(f);',
};
const bundle = await build({ ...common, plugins: [lazyYaml, lazyBuiltins], entryPoints: ["bundle.ts"], outfile: "dist.new/spangate.js", external: EXTERNAL, legalComments: "none", minifySyntax: true, minifyWhitespace: true,
});
const source = readFileSync(join(root, "names.ts"), "utf8");
if (!source.includes(`"${version}"`)) throw new Error(`names.ts does not say version ${version}, which package.json does`);

for (const entry of ["index", "processors/index", "exporters/index", "policies/index"]) {
  const { metafile } = await build({ ...common, entryPoints: [`${entry}.ts`], write: false, outdir: "dist", packages: "external" });
  const names = Object.values(metafile.outputs)[0].exports;
  mkdirSync(dirname(join(dist, entry)), { recursive: true });
  writeFileSync(join(dist, `${entry}.js`), `export { ${names.join(", ")} } from "${relative(dirname(join(dist, entry)), join(dist, "spangate.js")).replace(/^(?!\.)/, "./")}";\n`);
}
writeFileSync(join(dist, "register.js"), 'import { register } from "./spangate.js";\nregister(import.meta.url);\n');
writeFileSync(join(dist, "register.d.ts"), "export {};\n");
writeFileSync(join(dist, "cli/main.js"), '#!/usr/bin/env node\nimport { main } from "../spangate.js";\nprocess.exitCode = main(process.argv.slice(2));\n', { mode: 0o755 });
writeFileSync(join(dist, "LICENSES.txt"), licences(Object.keys(bundle.metafile.inputs)));

const [built, old] = [join(root, "dist"), join(root, "dist.old")];
rmSync(old, { recursive: true, force: true });
if (existsSync(built)) renameSync(built, old);
renameSync(dist, built);
rmSync(old, { recursive: true, force: true });

/** The licences of everything inside the bundle, which travel with it. */
function licences(inputs) {
  const folders = new Set(inputs.map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]).filter(Boolean));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(resolve(root, folder, "package.json"), "utf8"));
    const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((candidate) => resolve(root, folder, candidate)).find(existsSync);
    return `${name} ${version} (${license})\n\n${file ? readFileSync(file, "utf8") : ""}`;
  }).join(`\n${"-".repeat(78)}\n\n`);
}

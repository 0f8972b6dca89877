// Builds dist/: type declarations by tsc, and one bundled file of which every subpath of the package is a view.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loadRegistry, manifestOf, registryNames, VALIDATED } from "../policies/load.ts";
import { jsonSchema } from "../policies/schema/json-schema.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Built beside `dist` and put in its place as a whole: something may be running from there. */
const dist = join(root, "dist.new");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Loaded from node_modules, and only when used. */
const EXTERNAL = [
  "@opentelemetry/exporter-metrics-otlp-http", "@opentelemetry/exporter-prometheus",
  "@aws-sdk/client-s3", "@opentelemetry/otlp-exporter-base", "@opentelemetry/otlp-transformer", "@opentelemetry/sdk-metrics",
  "@opentelemetry/sdk-node", "ajv", "ajv-formats", "js-yaml", "libphonenumber-js", "re2", "re2js", "stdnum", "validator",
];

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const types = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--emitDeclarationOnly", "--outDir", dist], { cwd: root, stdio: "inherit" });
if (types.status !== 0) process.exit(types.status ?? 1);

const common = { absWorkingDir: root, bundle: true, platform: "node", format: "esm", target: "node22", metafile: true, logLevel: "warning" };
/** What most processes never need is a file of its own, loaded on first use. Functions only: a class could not wait. */
const PARTS = {
  detection: { source: "processors/detection/heavy.ts", functions: ["allDetectors", "canonicalPath", "contentRules", "createScanner", "folded", "injectionKinds", "inspectContent", "placeUnder", "roleOf"] },
  condition: { source: "policies/condition.ts", functions: ["compileCondition", "variablesOf"] },
  rego: { source: "policies/engines/rego.ts", functions: ["compileRego"] },
  hosts: { source: "processors/hosts.ts", functions: ["createNetworkRules", "hostsNamed", "takeApart"] },
  stream: { source: "processors/stream/hold-back.ts", functions: ["createHoldBack"] },
  "limit-store": { source: "processors/limits/redis-store.ts", functions: ["createRedisStore"] },
  ner: { source: "processors/detection/ner/names.ts", functions: ["createNames"] },
  verification: { source: "exporters/audit/verify/verification.ts", functions: ["verifyDirectory", "verifyExport"] },
  upkeep: { source: "exporters/audit/upkeep/keep.ts", functions: ["keepUp"] },
  destinations: { source: "exporters/audit/ship/destinations.ts", functions: ["loadDestinations"] },
  cedar: { source: "policies/engines/cedar.ts", functions: ["compileCedar"] },
};
const lazyParts = {
  name: "lazy-parts",
  setup({ onResolve, onLoad }) {
    for (const [name, { source, functions }] of Object.entries(PARTS)) {
      const file = source.split("/").at(-1);
      onResolve({ filter: new RegExp(`/${file.replace(".", "\\.")}$`) }, ({ kind, resolveDir, path }) => (kind === "import-statement" && resolve(resolveDir, path) === join(root, source) ? { path: name, namespace: "part" } : undefined));
      onLoad({ filter: new RegExp(`^${name}$`), namespace: "part" }, () => ({
        contents: `import { createRequire } from "node:module"; let part; const load = () => (part ??= createRequire(import.meta.url)("./${name}.js"));
          ${functions.map((one) => `export const ${one} = (...args) => load().${one}(...args);`).join(" ")}`,
      }));
    }
  },
};
/** What a part shares with the rest it takes from there, so that there is one copy of all state. */
const shared = {
  name: "shared",
  setup({ onResolve }) {
    onResolve({ filter: /\/policies\/regex\.ts$/ }, () => ({ path: "./spangate.js", external: true }));
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
  // Its face as an ES module loads streams, a parser of arguments and more: 3 MB.
  "node:util": 'const util = () => process.getBuiltinModule("node:util"); export const isDeepStrictEqual = (...args) => util().isDeepStrictEqual(...args); export const promisify = (f) => util().promisify(f);',
  util: 'export const inspect = (...args) => process.getBuiltinModule("node:util").inspect(...args); export const promisify = (f) => process.getBuiltinModule("node:util").promisify(f);',
};
const bundle = await build({ ...common, plugins: [lazyParts, lazyBuiltins], entryPoints: ["bundle.ts"], outfile: "dist.new/spangate.js", external: EXTERNAL, legalComments: "none", minifySyntax: true, minifyWhitespace: true,
});
const parts = await Promise.all(Object.entries(PARTS).map(([name, { source }]) => build({
  ...common, plugins: [shared], entryPoints: [source], outfile: `dist.new/${name}.js`, external: EXTERNAL, legalComments: "none", minifySyntax: true, minifyWhitespace: true,
})));
// A thread of its own starts from a file of its own.
await build({ ...common, entryPoints: ["processors/detection/ner/worker.ts"], outfile: "dist.new/ner-worker.js", legalComments: "none", minifySyntax: true, minifyWhitespace: true });
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
// The command line is a bundle of its own: what it needs beside the gate must not be read by every process that has one.
const cli = await build({
  ...common, entryPoints: ["cli/bin.ts"], outfile: "dist.new/cli.js", external: [...EXTERNAL, "commander"], legalComments: "none", banner: { js: "#!/usr/bin/env node" },
});
chmodSync(join(dist, "cli.js"), 0o755);
mkdirSync(join(dist, "schema"));
for (const kind of ["policy", "registry", "suite"]) writeFileSync(join(dist, "schema", `${kind}.schema.json`), `${JSON.stringify(jsonSchema(kind), null, 2)}\n`);
cpSync(join(root, "policies/packs"), join(dist, "packs"), { recursive: true });
// A registry is read in a twentieth of the time as JSON that has been validated; the manifest vouches for it as well.
for (const name of registryNames()) {
  const folder = join(dist, "packs/actions", name);
  writeFileSync(join(folder, VALIDATED), JSON.stringify(loadRegistry(name).actions));
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifestOf(folder), null, 2)}\n`);
}
const gitleaks = readFileSync(join(root, "processors/detection/secrets/gitleaks.LICENSE"), "utf8");
writeFileSync(join(dist, "LICENSES.txt"), `${licences([...Object.keys(bundle.metafile.inputs), ...Object.keys(cli.metafile.inputs), ...parts.flatMap(({ metafile }) => Object.keys(metafile.inputs))])}\n${"-".repeat(78)}\n\ngitleaks, its rules as data (MIT)\n\n${gitleaks}`);

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

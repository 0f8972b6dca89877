import { regexEngine } from "../../policies/regex.ts";
import { type Check, failed, ok, warning } from "./check.ts";

/** First minor and patch of each line of Node that the loader is proven on; `engines` of package.json says the same. */
const LINES: Readonly<Record<number, readonly [minor: number, patch: number]>> = { 22: [22, 3], 24: [15, 0] };
/** From here on every line. */
const ALL_FROM = 26;
export const SUPPORTED = "^22.22.3 || ^24.15.0 || >=26";

/** Whether a version of Node has the loader hooks that the gate needs. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, "").split(/[.-]/).map(Number);
  const least = LINES[major];
  return major >= ALL_FROM || (least !== undefined && (minor > least[0] || (minor === least[0] && patch >= least[1])));
}

export const node: Check = {
  name: "node",
  run() {
    const engine = regexEngine().name;
    return [
      isSupported(process.version) ? ok(`Node ${process.version}`) : failed(`Node ${process.version} is not one that the gate is proven on`, `Run Node ${SUPPORTED}.`),
      engine === "re2" ? ok("patterns run on re2") : warning("re2 has no binary for this Node; patterns run on re2js, which is slower", "npm rebuild re2"),
    ];
  },
};

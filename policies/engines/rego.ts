import { messageOf } from "../../errors.ts";
import { answerOf, type Evaluate, failed } from "./engine.ts";
import { library } from "./library.ts";
import { type Limits, plain } from "./plain.ts";

/** What `compileRego` compiles. */
export interface RegoOptions {
  /** Id of the engine in the policy; names the engine in reasons. */
  readonly id: string;
  /** `policy.wasm` of a bundle that `opa build -t wasm -e <entrypoint>` made. */
  readonly wasm: Uint8Array;
  /** Path of the rule that is asked, like `spangate/decision`. */
  readonly entrypoint: string;
  /** What the policy sees as `data`. */
  readonly data?: unknown;
}

/**
 * The built-in functions that WebAssembly leaves to its host and that this host has. The SDK also has `regex.split`,
 * which backtracks, and `yaml.*`, which takes five seconds for 32,000 keys; functions of time, chance and network
 * (`http.send`, `time.now_ns`, `rand.intn`) it does not have, and a verdict must not depend on them.
 */
const HOST_FUNCTIONS: ReadonlySet<string> = new Set(["sprintf", "json.is_valid"]);

/** So much takes OPA up to 0.2 s. All values that a snapshot may have, and room for the other facts. */
const LIMITS: Limits = { values: 101_000, characters: 4 * 1024 * 1024 };
const PAGE = 65_536;
/** Pages that a policy starts with beyond its own size, as in the SDK. */
const SPARE_PAGES = 5;
/** Most pages that a policy may grow to: WebAssembly gives memory never back. 256 MiB. */
const MAX_PAGES = 4_096;

/** The part of the SDK that is used here. Its own types name those of WebAssembly, which only come with the DOM's. */
interface Sdk {
  loadPolicySync(module: object, memory: { readonly initial: number; readonly maximum: number }): LoadedPolicy;
}

interface LoadedPolicy {
  readonly entrypoints: object;
  readonly mem: { readonly buffer: ArrayBuffer };
  readonly wasmInstance: { readonly exports: { builtins(): number; opa_json_dump(address: number): number } };
  setData(data: object): void;
  evaluate(input: object, entrypoint: string): unknown;
}

declare const WebAssembly: {
  readonly Module: { new (bytes: Uint8Array): object; exports(module: object): readonly { readonly name: string }[] };
};

/**
 * Compiles a Rego policy. Its input are the facts as JSON, `time` as RFC 3339 in UTC. Its result is a boolean (true
 * allows, false denies) or `{"effect": "allow" | "deny" | "approve" | "defer" | "none", "rule": …, "reason": …}`.
 * Any other result, none, a trap or facts that JSON cannot carry are a denial.
 *
 * @throws Error when the file is no such policy, has no such entrypoint, or needs functions that cannot run here
 */
export function compileRego({ id, wasm, entrypoint, data }: RegoOptions): Evaluate {
  const world = data === undefined ? {} : recordOf(data);
  const { loadPolicySync } = library("@open-policy-agent/opa-wasm", "@open-policy-agent/opa-wasm") as Sdk;
  const module = moduleOf(wasm);

  function load(): LoadedPolicy {
    try {
      const loaded = loadPolicySync(module, { initial: Math.ceil(wasm.length / PAGE) + SPARE_PAGES, maximum: MAX_PAGES });
      loaded.setData(world);
      return loaded;
    } catch (thrown) {
      throw new Error(`the Rego policy cannot be loaded: ${messageOf(thrown)}`, { cause: thrown });
    }
  }

  let policy: LoadedPolicy | undefined = load();
  check(policy, entrypoint);

  function evaluate(input: object): unknown {
    policy ??= load();
    try {
      const [first] = policy.evaluate(input, entrypoint) as readonly { readonly result?: unknown }[];
      return first?.result;
    } catch (thrown) {
      // What a trap leaves behind (its stack, half-built values) is never taken back by the module.
      policy = undefined;
      throw thrown;
    }
  }

  return (facts) => {
    try {
      return answerOf(id, evaluate(plain(facts, LIMITS)));
    } catch (thrown) {
      return failed(id, thrown);
    }
  };
}

function recordOf(data: unknown): object {
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw new Error("the data of a Rego policy is an object");
  return data;
}

function moduleOf(wasm: Uint8Array): object {
  let module: object;
  try {
    module = new WebAssembly.Module(wasm);
  } catch (thrown) {
    throw new Error(`the Rego policy is not WebAssembly (policy.wasm out of the bundle that \`opa build -t wasm\` makes): ${messageOf(thrown)}`, { cause: thrown });
  }
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "opa_wasm_abi_version")) throw new Error("the WebAssembly is not a Rego policy made by `opa build -t wasm`");
  return module;
}

function check(policy: LoadedPolicy, entrypoint: string): void {
  const entrypoints = Object.keys(policy.entrypoints);
  if (!entrypoints.includes(entrypoint)) throw new Error(`the Rego policy has no entrypoint ${entrypoint}, only ${entrypoints.join(", ")}; \`opa build -e\` names them`);
  const refused = functionsOf(policy).filter((name) => !HOST_FUNCTIONS.has(name)).sort();
  if (refused.length > 0) {
    throw new Error(`the Rego policy uses ${refused.join(", ")}, which cannot be used here: of the functions that WebAssembly leaves to its host there are only ${[...HOST_FUNCTIONS].join(" and ")}`);
  }
}

/** Names of the functions that the policy calls in its host: https://www.openpolicyagent.org/docs/wasm (exports of ABI 1). */
function functionsOf({ wasmInstance, mem }: LoadedPolicy): readonly string[] {
  const start = wasmInstance.exports.opa_json_dump(wasmInstance.exports.builtins());
  const bytes = Buffer.from(mem.buffer);
  return Object.keys(JSON.parse(bytes.toString("utf8", start, bytes.indexOf(0, start))) as object);
}

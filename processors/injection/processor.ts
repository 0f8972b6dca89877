import type { CompiledPolicy, Invocation } from "../../policies/index.ts";
import { compilePatterns, type Matcher } from "../../policies/pattern.ts";
import type { Injection } from "../../policies/schema/injection.ts";
import type { Detection } from "../detection/detection.ts";
import { GateProcessor, type Filtered } from "../gate-processor.ts";
import { ballotOf, currentArguments, isDenied, type Opinion } from "../verdict.ts";
import { Pieces } from "./pieces.ts";
import { assess, type Assessment, HARMLESS, surer } from "./score.ts";
import { taint } from "./taint.ts";
import { ToolNames } from "./tool-names.ts";

/** Least score that is flagged: worth a look. */
const SUSPICIOUS = 0.5;

/** What is known of a result that comes in pieces. */
interface Stream {
  readonly pieces: Pieces;
  /** The highest score so far: a flag for every piece would be noise. */
  found: Assessment;
}

/**
 * Finds orders to the agent where there should be none. Results are labelled, scored and remembered for their session
 * (`taintOf`), and withheld where the policy says so; arguments, which may carry them on to another agent, likewise.
 */
export class InjectionProcessor extends GateProcessor {
  override readonly name = "injection";
  readonly #section: Injection | undefined;
  readonly #tools: Matcher;
  readonly #detection: Detection;
  readonly #names: ToolNames;
  readonly #observing: boolean;
  readonly #streams = new WeakMap<Invocation, Stream>();

  constructor({ source }: CompiledPolicy, detection: Detection) {
    super();
    this.#section = source.injection;
    this.#tools = compilePatterns(source.injection?.tool ?? []);
    this.#detection = detection;
    this.#names = new ToolNames([...Object.keys(source.tools), ...source.rules.flatMap(({ tool }) => tool ?? [])]);
    this.#observing = source.mode === "observe";
  }

  override judge(invocation: Invocation): Opinion | undefined {
    const section = this.#section;
    if (!section) return undefined;
    this.#names.add(invocation.tool);
    if (section.arguments === "off" || !this.#tools(invocation.tool) || isDenied(invocation)) return undefined;
    const found = this.#assess(currentArguments(invocation));
    if (section.arguments === "block" && this.#blocks(found)) return { effect: "deny", rule: "injection", reason: `the arguments carry ${describe(found)}` };
    ballotOf(invocation).flags.push(...this.#flags(found));
    return undefined;
  }

  override filter(invocation: Invocation, result: unknown): Filtered | undefined {
    const section = this.#section;
    if (!section || section.results === "off" || !this.#tools(invocation.tool)) return undefined;
    let stream = this.#streams.get(invocation);
    if (!stream) this.#streams.set(invocation, (stream = { pieces: new Pieces(), found: HARMLESS }));
    const before = stream.found;
    let found = this.#assess(result);
    const joined = stream.pieces.next(result);
    if (joined.length > 0) found = surer(found, this.#assess(joined));
    if (found.score === 0) return undefined;
    taint(invocation.session, found);
    stream.found = surer(before, found);
    if (section.results === "block" && this.#blocks(found) && !this.#observing) throw new Error(`it carries ${describe(found)}`);
    const flags = found.score > before.score || found.labels.some((label) => !before.labels.includes(label)) ? this.#flags(stream.found) : [];
    return flags.length > 0 ? { value: result, flags } : undefined;
  }

  #assess(value: unknown): Assessment {
    const { findings } = this.#detection.scan(value);
    return findings.length === 0 ? HARMLESS : assess(findings, (finding) => this.#names.isNamed(value, finding));
  }

  #blocks({ score }: Assessment): boolean {
    return score > 0 && score >= (this.#section as Injection).threshold;
  }

  #flags({ score, labels }: Assessment): string[] {
    if (score < Math.min(SUSPICIOUS, (this.#section as Injection).threshold)) return [];
    return [...labels.map((label) => `injection:${label}`), `injection.score:${score.toFixed(2)}`];
  }
}

/** Names what was found and never quotes it: the model reads this. */
function describe({ score, labels }: Assessment): string {
  return `instructions to the agent (${labels.join(", ") || "score"} ${score.toFixed(2)})`;
}

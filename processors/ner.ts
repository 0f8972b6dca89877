import { isDeepStrictEqual } from "node:util";
import type { CompiledPolicy, Invocation } from "../policies/index.ts";
import type { Action, Direction } from "../policies/schema/data.ts";
import type { Ner } from "../policies/schema/ner.ts";
import type { Detection } from "./detection/detection.ts";
import type { Scan } from "./detection/finding.ts";
import { createNames, type Found, type Names } from "./detection/ner/names.ts";
import { GateProcessor, type Filtered } from "./gate-processor.ts";
import { Redactor } from "./redaction/redactor.ts";
import { ballotOf, currentArguments, isDenied, type Opinion } from "./verdict.ts";

/**
 * Takes names and places out, as the policy redacts, after everything that is found by its form. That takes a model and
 * so time: a call waits for it, and what has not been looked at by the deadline is incomplete.
 */
export class NerProcessor extends GateProcessor {
  override readonly name = "ner";
  readonly #section: Ner | undefined;
  readonly #names: Names | undefined;
  readonly #redactor: Redactor | undefined;
  readonly #incomplete: Action;
  readonly #observing: boolean;

  /**
   * @param previous whose place this one takes; a model that stays the same stays loaded
   * @throws SpangateError SG_NER_UNAVAILABLE
   */
  constructor({ source }: CompiledPolicy, detection: Detection, previous?: NerProcessor) {
    super();
    this.#incomplete = source.detection.incomplete;
    this.#observing = source.mode === "observe";
    this.#section = source.redact && source.detection.ner;
    if (previous && isDeepStrictEqual(previous.#section, this.#section)) this.#names = previous.#names;
    else {
      if (this.#section) this.#names = createNames(this.#section);
      const names = previous && previous.#names;
      names?.retire();
    }
    if (this.#names && source.redact) this.#redactor = new Redactor(source.redact, detection);
  }

  override judge(invocation: Invocation): Promise<Opinion | undefined> | undefined {
    const looks = this.#looks("arguments", invocation.tool);
    if (!looks || looks.redactor.restores(invocation.tool) || isDenied(invocation) || !looks.names.mayHold(currentArguments(invocation))) return undefined;
    // Taken now: when the verdict is made, the ballot is closed.
    const ballot = ballotOf(invocation);
    return Promise.resolve().then(async () => {
      // By now those that need not be waited for have changed what they change.
      const args = ballot.arguments;
      const found = await looks.names.look(args);
      const problem = this.#problem(found);
      if (problem && this.#incomplete === "block") return { effect: "deny", rule: "detection.incomplete", reason: `not everything in the arguments could be looked at: ${problem}` };
      if (problem && this.#incomplete === "flag") ballot.flags.push(`incomplete:${problem}`);
      const { value, counts } = looks.redactor.redact(args, "arguments", invocation.tool, invocation.tenant ?? "", found);
      const taken = Object.entries(counts);
      if (taken.length === 0) return undefined;
      const before = ballot.opinions.findLast(({ redactions }) => redactions)?.redactions;
      return { effect: "modify", rule: "redact", reason: `took out ${taken.map(([id, count]) => `${count} ${id}`).join(", ")}`, arguments: value, redactions: { ...before, ...counts } };
    });
  }

  override filterLate({ tool, tenant }: Invocation, result: unknown): Promise<Filtered | undefined> | undefined {
    const looks = this.#looks("results", tool);
    if (!looks || this.#observing || !looks.names.mayHold(result)) return undefined;
    return looks.names.look(result).then((found) => {
      const problem = this.#problem(found);
      if (problem && this.#incomplete === "block") throw new Error(`not everything in it could be looked at: ${problem}`);
      const flags = problem && this.#incomplete === "flag" ? [`incomplete:${problem}`] : [];
      const { value, counts } = looks.redactor.redact(result, "results", tool, tenant ?? "", found);
      return { value, redactions: counts, flags };
    });
  }

  /** The same for the text of a stream; undefined where no names are looked for in it. */
  lookFor(tool: string): ((text: string) => Promise<Scan>) | undefined {
    const looks = this.#looks("results", tool);
    if (!looks || this.#observing) return undefined;
    return async (text) => {
      if (!looks.names.mayHold(text)) return { findings: [], incomplete: [] };
      const found = await looks.names.look(text);
      return found.missing ? { ...found.scan, incomplete: [{ kind: `ner:${found.missing}`, path: [], count: 1 }] } : found.scan;
    };
  }

  #looks(direction: Direction, tool: string): { readonly names: Names; readonly redactor: Redactor } | undefined {
    const [names, redactor] = [this.#names, this.#redactor];
    return names && redactor?.covers(direction, tool) ? { names, redactor } : undefined;
  }

  #problem({ missing }: Found): string | undefined {
    return missing && `ner:${missing}`;
  }
}

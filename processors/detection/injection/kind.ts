import type { Detector } from "../detector.ts";

/**
 * What a piece of an injection does.
 * - `override`: sets aside, or replaces, what the model was told
 * - `role_token`: poses as a turn of the conversation
 * - `authority`: poses as somebody who may give orders to the model, or talks to the model at all
 * - `persona`: talks the model into being one without rules
 * - `extraction`: wants the prompt, or a secret of the model
 * - `exfiltration`: wants data sent somewhere
 * - `secrecy`: wants the user not to know
 * - `asks_for_tool_call`: wants a tool called, or poses as the call
 * - `hidden_text`: is there for the model and not for the eye
 * - `disguised`: was found only after decoding, or after look-alikes were read as what they look like
 */
export type InjectionLabel = "override" | "role_token" | "authority" | "persona" | "extraction" | "exfiltration" | "secrecy" | "asks_for_tool_call" | "hidden_text" | "disguised";

/** A detector whose matches are evidence for an injection, by themselves or beside others. */
export interface InjectionDetector extends Detector {
  readonly category: "injection";
  readonly label: InjectionLabel;
  /**
   * 0 to 1: how likely a tool result with such a match, and nothing else, is to carry an injection. Judged by kind, not
   * computed: from 0.8 a match is one; what stands in honest texts as well has less than 0.5, and counts beside others.
   */
  readonly weight: number;
  /** Says nothing where it was found only after decoding: what is written as an escape can be seen. */
  readonly asWritten?: true;
}

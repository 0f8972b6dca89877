import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { duration, name, text } from "./units.ts";

/** A model that knows names and places in running text. */
export interface Ner {
  /** Folder with `config.json`, `tokenizer.json`, `tokenizer_config.json` and `onnx/model.onnx` (or `model_quantized.onnx`). */
  readonly model: string;
  /** Least score of a name, the mean over its words. Default 0.8. */
  readonly threshold: number;
  /** How long the text of one value may take, in milliseconds. Default 200. */
  readonly deadline: number;
  /** Label of the model without its `B-` or `I-` → id of the detector. Others are ignored. */
  readonly labels: Readonly<Record<string, string>>;
}

const DEADLINE = 200;
const LABELS = { PER: "person_name", LOC: "place", ORG: "organisation" };

const id = z.string().check(z.regex(/^[a-z][a-z0-9_]{1,63}$/, "an id is lower-case letters, digits and underscores, like person_name"));
/** Never the name of a model on a hub: nothing is downloaded. */
const folder = text(1_024).check(z.regex(/^(?:\.{0,2}\/|[A-Za-z]:[\\/])/, "a folder starts with ./, ../ or /; models are not downloaded"));

export const ner: z.ZodMiniType<Ner> = z.strictObject({
  model: doc(folder, "Folder of the model, absolute or from the working directory. It is never downloaded.", { example: "model: ./models/ner", merge: "own" }),
  threshold: doc(z._default(z.number().check(z.minimum(0), z.maximum(1)), 0.8), "Least score of a name, 0 to 1.", { example: "threshold: 0.9", merge: "stricter" }),
  deadline: doc(z._default(duration, DEADLINE), "How long one value may take. What was not looked at by then is `incomplete`.", { example: "deadline: 500ms", merge: "own" }),
  labels: doc(z._default(z.record(name, id), LABELS), "Label of the model, without its `B-` or `I-`, and the id of the detector that it stands for; labels that are not named are ignored.", { example: "labels: { PER: person_name, GPE: place }", merge: "own" }),
});

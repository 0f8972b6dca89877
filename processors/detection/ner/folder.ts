import { statSync } from "node:fs";
import { join } from "node:path";

/** Weights that are looked for under `onnx/`, the smallest first: the file, and what the library calls it. */
const WEIGHTS = [["model_quantized.onnx", "q8"], ["model_int8.onnx", "int8"], ["model_fp16.onnx", "fp16"], ["model.onnx", "fp32"]] as const;
const NEEDED = ["config.json", "tokenizer.json", "tokenizer_config.json"];

/**
 * The weights of a model in a folder of the layout of `@huggingface/transformers`.
 *
 * @throws Error that says what is missing
 */
export function weightsIn(folder: string): { readonly file: string; readonly dtype: string } {
  if (!isThere(folder, "isDirectory")) throw new Error("there is no such folder");
  const missing = NEEDED.find((file) => !isThere(join(folder, file), "isFile"));
  if (missing) throw new Error(`it has no ${missing}`);
  for (const [file, dtype] of WEIGHTS) if (isThere(join(folder, "onnx", file), "isFile")) return { file, dtype };
  throw new Error(`it has none of ${WEIGHTS.map(([file]) => `onnx/${file}`).join(", ")}`);
}

function isThere(path: string, kind: "isFile" | "isDirectory"): boolean {
  return statSync(path, { throwIfNoEntry: false })?.[kind]() === true;
}

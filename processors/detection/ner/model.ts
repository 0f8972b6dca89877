import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { Spelling } from "./align.ts";
import { entitiesOf, type Entity, guess, type Guess } from "./entities.ts";
import { weightsIn } from "./folder.ts";
import { type Token, type Tokenizer, tokensOf } from "./tokens.ts";

/** Tokens of one sequence where the model does not say: as many as BERT has. */
const LONGEST = 512;
/** Part of a sequence that is looked at again in the next one, so that every word is seen with some of what stands around it. */
const OVERLAP = 1 / 4;
/** Threads of the runtime beside the worker's own: a model is not to take the machine from the application. */
const THREADS = 2;

/** As much of `@huggingface/transformers` as is used. */
interface Library {
  readonly env: { allowRemoteModels: boolean; allowLocalModels: boolean; localModelPath: string; useFSCache: boolean; logLevel: number };
  readonly AutoTokenizer: { from_pretrained(model: string, options: object): Promise<Tokenizer & { readonly model_max_length: number }> };
  readonly AutoModelForTokenClassification: { from_pretrained(model: string, options: object): Promise<Classifier> };
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: readonly number[]) => object;
}
interface Classifier {
  readonly config: { readonly id2label?: Readonly<Record<string, string>>; readonly max_position_embeddings?: number };
  (inputs: { readonly input_ids: object; readonly attention_mask: object }): Promise<{ readonly logits: { readonly data: Float32Array; readonly dims: readonly number[] } }>;
}

/** The time was over before the model had seen all of a text. */
export class TooLate extends Error {}

/** A model for token classification, loaded from a folder of the user's and from nowhere else. */
export class Model {
  readonly #library: Library;
  readonly #tokenizer: Tokenizer;
  readonly #classifier: Classifier;
  readonly #labels: readonly string[];
  readonly #spelling: Spelling;
  /** What stands before and behind every sequence. */
  readonly #frame: readonly [before: readonly number[], behind: readonly number[]];
  /** Tokens of a text in one sequence. */
  readonly #room: number;

  private constructor(library: Library, tokenizer: Tokenizer & { readonly model_max_length: number }, classifier: Classifier, spelling: Spelling) {
    this.#library = library;
    this.#tokenizer = tokenizer;
    this.#classifier = classifier;
    this.#spelling = spelling;
    const { id2label = {}, max_position_embeddings: places = Infinity } = classifier.config;
    this.#labels = Object.keys(id2label).map((_, id) => id2label[id] ?? `LABEL_${id}`);
    if (this.#labels.length === 0) throw new Error("its config.json names no labels (id2label)");
    const special = tokenizer.encode("", { add_special_tokens: true });
    const middle = Math.ceil(special.length / 2);
    this.#frame = [special.slice(0, middle), special.slice(middle)];
    this.#room = Math.min(LONGEST, places, tokenizer.model_max_length || Infinity) - special.length;
    if (this.#room < 1) throw new Error("it takes sequences of no length");
  }

  /**
   * @param library path of the module `@huggingface/transformers`
   * @throws whatever the library throws for a folder that is not what it should be
   */
  static async load(library: string, folder: string): Promise<Model> {
    const transformers = createRequire(import.meta.url)(library) as Library;
    const { env } = transformers;
    // A policy names a folder. Nothing is ever fetched, and nothing is written.
    env.allowRemoteModels = env.useFSCache = false;
    env.allowLocalModels = true;
    env.localModelPath = dirname(folder);
    // 50: nothing. What the library logs may be what it was given.
    env.logLevel = 50;
    const { dtype } = weightsIn(folder);
    const local = { local_files_only: true };
    const tokenizer = await transformers.AutoTokenizer.from_pretrained(basename(folder), local);
    const classifier = await transformers.AutoModelForTokenClassification.from_pretrained(basename(folder), {
      ...local, dtype, device: "cpu", session_options: { logSeverityLevel: 4, intraOpNumThreads: THREADS, interOpNumThreads: 1 },
    });
    const { pre_tokenizer: parts } = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")) as { pre_tokenizer?: object };
    const model = new Model(transformers, tokenizer, classifier, JSON.stringify(parts ?? {}).includes('"ByteLevel"') ? "bytes" : "characters");
    // The first run costs several times what the others do.
    await model.find("a", Infinity);
    return model;
  }

  /**
   * The names in a text.
   *
   * @param deadline milliseconds since 1970
   * @throws TooLate when the deadline is over before all of the text was seen
   */
  async find(text: string, deadline: number): Promise<Entity[]> {
    const tokens = tokensOf(text, this.#tokenizer, this.#spelling);
    const guesses: Guess[] = [];
    const overlap = Math.floor(this.#room * OVERLAP);
    for (let from = 0; from < tokens.length;) {
      if (Date.now() > deadline) throw new TooLate();
      const to = this.#end(tokens, from);
      const logits = await this.#run(tokens.slice(from, to));
      // Of what two sequences have seen, each speaks for the half that is farther from its end.
      const begin = from === 0 ? 0 : from + (overlap >> 1);
      for (let index = Math.max(begin, 0); index < to; index++) guesses[index] = guess(logits, index - from + this.#frame[0].length, this.#labels);
      if (to === tokens.length) break;
      from = Math.max(to - overlap, from + 1);
    }
    return entitiesOf(text, tokens, guesses);
  }

  /** A sequence ends where a word does, if it can. */
  #end(tokens: readonly Token[], from: number): number {
    const most = Math.min(from + this.#room, tokens.length);
    if (most === tokens.length) return most;
    for (let to = most; to > from + (this.#room >> 1); to--) if (tokens[to]?.first) return to;
    return most;
  }

  async #run(tokens: readonly Token[]): Promise<Float32Array> {
    const [before, behind] = this.#frame;
    const ids = BigInt64Array.from([...before, ...tokens.map(({ id }) => id), ...behind], BigInt);
    const tensor = (data: BigInt64Array): object => new this.#library.Tensor("int64", data, [1, data.length]);
    const { logits } = await this.#classifier({ input_ids: tensor(ids), attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)) });
    const [, length, labels] = logits.dims;
    if (length !== ids.length || labels !== this.#labels.length) throw new Error("it gives other scores than one for each token and label");
    return logits.data;
  }
}

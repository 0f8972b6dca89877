import * as z from "zod/mini";
import { registryFile } from "../registry/schema.ts";
import { suiteFile } from "../suite/schema.ts";
import { docOf } from "./doc.ts";
import { policyFile } from "./policy.ts";

export type SchemaKind = "policy" | "registry" | "suite";

/** Kind of file → its schema and title. */
const KINDS: Readonly<Record<SchemaKind, readonly [schema: z.ZodMiniType, title: string]>> = {
  policy: [policyFile, "spangate policy"],
  registry: [registryFile, "spangate action registry"],
  suite: [suiteFile, "spangate test suite"],
};

/** JSON Schema (2020-12) of a kind of file, as an author writes it, with the documentation of every key. */
export function jsonSchema(kind: SchemaKind): object {
  const [schema, title] = KINDS[kind];
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema: target }) {
      const known = docOf(zodSchema);
      if (known) target.description = known.text;
    },
  }) as { $schema?: string };
  return { $schema, title, ...rest };
}

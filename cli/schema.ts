import { jsonSchema } from "../policies/schema/json-schema.ts";
import { action, type AddCommand, EXIT } from "./command.ts";

export const schema: AddCommand = (program) => {
  program.command("schema")
    .summary("print the JSON Schema of the policy language")
    .description('For editors: save it and point the first line of a policy to it, "# yaml-language-server: $schema=policy.schema.json".')
    .option("--registry", "that of action registries")
    .option("--suite", "that of test suites")
    .action(action(({ registry, suite }: { registry?: boolean; suite?: boolean }) => {
      process.stdout.write(`${JSON.stringify(jsonSchema(registry ? "registry" : suite ? "suite" : "policy"), null, 2)}\n`);
      return EXIT.ok;
    }));
};

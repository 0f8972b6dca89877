import { existsSync } from "node:fs";
import { callOf } from "../exporters/audit/calls.ts";
import { readRecords } from "../exporters/audit/reader.ts";
import { action, type AddCommand, AUDIT_DIRECTORY, EXIT } from "./command.ts";
import { installedFrameworks } from "./frameworks.ts";
import { plural } from "./output.ts";
import { output, policyText } from "./write.ts";

export const init: AddCommand = (program) => {
  program.command("init").argument("[file]", "where to write it", "policy.yaml")
    .summary("a first policy, from what was seen here")
    .description("Writes a policy that observes: it extends the starter pack and allows the tools that the audit log has seen. Without an audit log it says how to get one.")
    .option("--audit <directory>", "an audit directory", AUDIT_DIRECTORY)
    .option("--name <name>", "name of the policy", "my-agent")
    .option("--force", "write over a file that is there")
    .action(action((file: string, { audit, name, force }: { audit: string; name: string; force?: boolean }) => {
      const tools = toolsIn(audit);
      const frameworks = installedFrameworks(process.cwd()).map(({ module, version, proven }) => `  ${module} ${version}${proven ? "" : " (this version has not been proven)"}`);
      const rules = [...tools].sort().map((tool) => ({ id: `allow-${tool}`, tool: tool.replace(/[*?]/g, "?"), effect: "allow" }));
      output(file, policyText({ spangate: 1, name, extends: "starter", mode: "observe", default: "deny", rules, redact: { in: ["results"] } }, [
        ...(frameworks.length ? ["Frameworks installed here, which spangate gates:", ...frameworks] : ["No framework that spangate knows is installed here; wrap your tools with guardTool."]),
        ...(tools.size ? [`Allows the ${plural(tools.size, "tool")} seen in ${audit}.`, `Narrow it: spangate suggest ${audit}`] : [`No calls were found in ${audit}. Run the service with --require spangate/register for a day, then: spangate init --force`]),
        `Try it: spangate dry-run ${file} --calls ${audit}`, "Then set mode to enforce.",
      ]), force);
      return EXIT.ok;
    }));
};

function toolsIn(audit: string): Set<string> {
  const tools = new Set<string>();
  if (!existsSync(audit)) return tools;
  for (const placed of readRecords(audit)) {
    const found = callOf(placed);
    // What was refused is no habit of the service.
    if (found && (found.before.effect === "allow" || found.before.effect === "modify")) tools.add(found.call.tool);
  }
  return tools;
}

import { join } from "node:path";
import { realDisk } from "../../exporters/audit/disk.ts";
import { openByHand } from "../../exporters/audit/upkeep/by-hand.ts";
import { keepAll, type KeepReport } from "../../exporters/audit/upkeep/keep.ts";
import { loadPolicy } from "../../policies/index.ts";
import { CHECKING, duration, size } from "../../policies/schema/units.ts";
import { RETENTION_FLOORS, type RetentionProfile } from "../../policies/schema/retention.ts";
import { Option } from "commander";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, style } from "../output.ts";
import { confirm, DIRECTORY, logsOf, source, whoami } from "./common.ts";

interface Options {
  readonly policy?: string;
  readonly age?: string;
  readonly size?: string;
  readonly profile?: RetentionProfile;
  readonly actor: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export const prune: AddCommand = (program) => {
  program.command("prune").argument(...DIRECTORY)
    .summary("compress and prune what the retention no longer keeps")
    .description("Does at once what processes at work do by themselves, for the logs that nobody writes to: ended segments are compressed, and those that the retention no longer keeps are pruned to their leaf hashes, under a prune record. Never under a legal hold, never before every destination has them.")
    .option("--policy <policy>", "take audit.retention and audit.compress from a policy")
    .option("--age <duration>", "segments that ended longer ago, like 400d")
    .option("--size <size>", "the oldest segments of a log while it is larger, like 10GiB")
    .addOption(new Option("--profile <profile>", "a floor that --size gives way to and --age may not go below").choices(Object.keys(RETENTION_FLOORS)))
    .option("--actor <who>", "whom the prune record names", whoami())
    .option("--dry-run", "only tell what would go")
    .option("--yes", "do not ask")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("nothing stays that should go", "something stays that should go"))
    .action(action(async (directory: string, { policy, age, size: bytes, profile, actor, dryRun, yes, json }: Options) => {
      const logs = logsOf(directory);
      const given = policy === undefined ? undefined : loadPolicy(policy).source.audit;
      const retention = { ...given?.retention, ...(age !== undefined && { age: unit(duration, age, "--age") }), ...(bytes !== undefined && { size: unit(size, bytes, "--size") }), ...(profile !== undefined && { profile }) };
      if (given === undefined && retention.age === undefined && retention.size === undefined) throw usage("prune needs --policy, --age or --size");
      if (retention.profile !== undefined && retention.age !== undefined && retention.age < RETENTION_FLOORS[retention.profile]) throw usage(`--age is below the floor of the profile: ${retention.profile} keeps at least ${RETENTION_FLOORS[retention.profile] / 86_400_000}d`);
      if (!dryRun) await confirm("Records that are pruned are gone; their hashes stay. Go on?", yes);
      const log = openByHand(directory, source());
      let reports: KeepReport[];
      try {
        reports = await keepAll(log, { directory, audit: { compress: given?.compress ?? "none", retention, append_only: false }, destinations: [], actor, disk: realDisk }, dryRun);
      } finally {
        log.close();
      }
      const busy = logs.filter((name) => !reports.some((report) => report.log === name)).length;
      print(json, { dryRun: dryRun ?? false, logs: reports.map(({ problems, ...rest }) => ({ ...rest, problems: problems.map(({ code, message }) => ({ code, message })) })), leftAlone: busy }, () => text(reports, busy, dryRun ?? false, directory));
      return reports.some(({ kept, problems }) => kept !== undefined || problems.length > 0) ? EXIT.found : EXIT.ok;
    }));
};

function unit(schema: { safeParse(text: unknown, options: typeof CHECKING): { success: boolean; data?: number; error?: { issues: readonly { message: string }[] } } }, text: string, option: string): number {
  const parsed = schema.safeParse(text, CHECKING);
  if (!parsed.success) throw usage(`${option}: ${parsed.error?.issues[0]?.message ?? "not a value"}`);
  return parsed.data as number;
}

function text(reports: readonly KeepReport[], busy: number, dry: boolean, directory: string): string {
  const lines = reports.flatMap(({ log, compressed, pruned, kept, problems }) => [
    ...(compressed.length || pruned || kept || problems.length ? [style("bold", `log ${log}`)] : []),
    ...(compressed.length ? [`  compressed ${plural(compressed.length, "segment")}`] : []),
    ...(pruned ? [`  ${dry ? "would prune" : "pruned"} records ${pruned.from} to ${pruned.to - 1} (${plural(pruned.segments.length, "segment")}, ${plural(pruned.bytes, "byte")}):`, `    ${pruned.reason}`] : []),
    ...(kept ? [`  ${style("yellow", "kept")} ${kept.segment} and what follows:`, `    ${kept.because}`] : []),
    ...problems.filter(() => !kept).map(({ message }) => `  ${style("yellow", message.replace(`${join(directory, log)}/`, ""))}`),
  ]);
  return [...(lines.length ? lines : ["nothing to compress or prune"]), ...(busy ? [style("dim", `${plural(busy, "log")} left alone: written to by processes at work, or with nothing to do`)] : [])].join("\n");
}

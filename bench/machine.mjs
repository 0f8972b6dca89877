// Where this runs: a number without it says nothing.
import { statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

const FILE_SYSTEMS = { 0xef53: "ext2/3/4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x01021994: "tmpfs", 0x794c7630: "overlay", 0x2fc12fc1: "zfs", 0x1a: "apfs" };

export function machine(folder) {
  const { type } = statfsSync(folder);
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    load: load(),
    fileSystem: FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`,
  };
}

/** Of the last one, five and fifteen minutes. */
export function load() {
  return loadavg().map((value) => Math.round(value * 100) / 100);
}

/** This process's environment without anything that would configure spangate, OpenTelemetry or Node in a child. */
export function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SPANGATE_|OTEL_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name)));
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse, parseAllDocuments } from "yaml";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { loadPolicy } from "../../policies/index.ts";
import { ROOT } from "../support/run.ts";
import { missing } from "./missing.ts";

const FOLDER = join(ROOT, "deploy/kubernetes/agent");
const file = (name: string): any => parse(readFileSync(join(FOLDER, name), "utf8"), { merge: true });
const pod = file("agent.yaml").spec.template.spec;
const containers = [...pod.initContainers, ...pod.containers] as any[];

describe("the Kubernetes example", () => {
  test("is what kubectl's kustomize puts together, with a policy and collector of hashed names", { skip: missing("kubectl", "kubernetes.io; or kustomize through Go") }, () => {
    const { status, stdout, stderr } = spawnSync("kubectl", ["kustomize", FOLDER], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const all = parseAllDocuments(stdout).map((document) => document.toJS() as any);
    assert.deepEqual(all.map(({ kind }) => kind).sort(), ["ConfigMap", "ConfigMap", "Namespace", "NetworkPolicy", "Service", "ServiceAccount", "StatefulSet"]);
    const set = all.find(({ kind }) => kind === "StatefulSet");
    const names = all.filter(({ kind }) => kind === "ConfigMap").map(({ metadata }) => metadata.name).sort();
    assert.deepEqual(set.spec.template.spec.volumes.flatMap(({ configMap }: any) => configMap?.name ?? []).sort(), names);
    assert.deepEqual(set.spec.selector.matchLabels, all.find(({ kind }) => kind === "Service").spec.selector);
  });
  test("meets the restricted Pod Security Standard", () => {
    assert.equal(file("namespace.yaml").metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
    assert.partialDeepStrictEqual(pod, { automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } });
    for (const { name, securityContext, resources } of containers) {
      assert.deepEqual(securityContext, { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, name);
      assert.ok(resources.limits.memory && resources.requests.cpu, name);
    }
  });
  test("starts the collector, then the doctor, then the agent; both of ours with settings that the gate takes", () => {
    assert.deepEqual(containers.map(({ name }) => name), ["collector", "doctor", "agent"]);
    assert.equal(containers[0].restartPolicy, "Always");
    for (const { name, env } of containers.slice(1)) {
      const values = Object.fromEntries(env.map(({ name: variable, value }: any) => [variable, value]));
      assert.equal(values.NODE_OPTIONS, "--require=spangate/register", name);
      assert.partialDeepStrictEqual(readEnvironment(values), { strict: true, shipAudit: { traces: true, logs: true }, policy: "/etc/spangate/policy.yaml", prometheus: { host: "0.0.0.0", port: 9464 } });
    }
  });
  test("keeps the log on a volume of one writer, where the collector cannot reach it", () => {
    const [claim] = file("agent.yaml").spec.volumeClaimTemplates;
    assert.deepEqual(claim.spec.accessModes, ["ReadWriteOncePod"]);
    const mounted = containers.map(({ volumeMounts }) => volumeMounts.find(({ name }: any) => name === "state")).map(({ subPath }) => subPath);
    assert.deepEqual(mounted, ["otelcol", "agent", "agent"]);
  });
  test("has a policy that can be put in force", () => assert.equal(loadPolicy(join(FOLDER, "policy.yaml")).source.mode, "enforce"));
  test("has a collector whose pipelines are made of what it declares", () => {
    const { service, ...declared } = file("collector.yaml");
    for (const [signal, pipeline] of Object.entries<any>(service.pipelines)) {
      for (const kind of ["receivers", "processors", "exporters"]) for (const name of pipeline[kind]) assert.ok(name in declared[kind], `${signal}: ${name}`);
    }
    for (const name of service.extensions) assert.ok(name in declared.extensions, name);
    assert.equal(declared.exporters.otlp_http.sending_queue.storage, "file_storage");
  });
});

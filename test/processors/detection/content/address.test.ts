import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { inspectContent } from "../../../../processors/detection/content/inspect.ts";
import { classifyAddress } from "../../../../processors/detection/content/url/address.ts";
import { hostsOf } from "../../../../processors/detection/content/url/find.ts";
import { classifyHost, matchesDomain } from "../../../../processors/detection/content/url/host.ts";

describe("a host is what it is in any spelling", () => {
  const hosts: readonly (readonly [spelling: string, host: string, is: string])[] = [
    ["127.0.0.1", "127.0.0.1", "loopback"], ["127.1", "127.0.0.1", "loopback"], ["0x7f.1", "127.0.0.1", "loopback"], ["2130706433", "127.0.0.1", "loopback"], ["017700000001", "127.0.0.1", "loopback"], ["LOCALHOST.", "localhost", "loopback"],
    ["a.localhost", "a.localhost", "loopback"], ["[::1]", "::1", "loopback"], ["0:0:0:0:0:0:0:1", "::1", "loopback"], ["::ffff:127.0.0.1", "::ffff:7f00:1", "loopback"], ["[64:ff9b::7f00:1]", "64:ff9b::7f00:1", "loopback"],
    ["2002:7f00:1::", "2002:7f00:1::", "loopback"], ["0", "0.0.0.0", "unspecified"], ["[::]", "::", "unspecified"], ["10.1", "10.0.0.1", "private"], ["172.31.255.255", "172.31.255.255", "private"], ["172.32.0.1", "172.32.0.1", "public"],
    ["fc00::1", "fc00::1", "private"], ["fe80::1%eth0", "fe80::1", "link_local"], ["100.64.0.1", "100.64.0.1", "cgnat"], ["169.254.169.254", "169.254.169.254", "metadata"], ["①⑥⑨.254.169.254", "169.254.169.254", "metadata"],
    ["169。254。169。254", "169.254.169.254", "metadata"], ["%31%36%39.254.169.254", "169.254.169.254", "metadata"], ["fd00:ec2::254", "fd00:ec2::254", "metadata"], ["metadata.google.internal", "metadata.google.internal", "metadata"],
    ["224.0.0.1", "224.0.0.1", "multicast"], ["ff02::1", "ff02::1", "multicast"], ["255.255.255.255", "255.255.255.255", "reserved"], ["203.0.113.9", "203.0.113.9", "documentation"], ["8.8.8.8", "8.8.8.8", "public"],
    ["2606:4700::1", "2606:4700::1", "public"], ["intranet", "intranet", "internal_name"], ["db.internal", "db.internal", "internal_name"], ["x.svc", "x.svc", "internal_name"], ["10.0.0.1.nip.io", "10.0.0.1.nip.io", "rebinding"],
    ["Bücher.example", "xn--bcher-kva.example", "name"], ["exa mple.com", "exa mple.com", "invalid"], ["", "", "invalid"], ["1.2.3.999", "1.2.3.999", "invalid"],
  ];
  for (const [spelling, host, is] of hosts) {
    test(JSON.stringify(spelling), () => {
      const facts = classifyHost(spelling);
      assert.deepEqual([facts.host, facts.is], [host, is]);
    });
  }
});

const v4 = fc.tuple(...[0, 1, 2, 3].map(() => fc.oneof(fc.constantFrom(0, 1, 10, 100, 127, 168, 169, 172, 192, 254, 255), fc.nat(255)))) as fc.Arbitrary<[number, number, number, number]>;

test("every spelling of an IPv4 address has the class of the plain one", () => {
  const digit = (base: number) => (part: number): string => (base === 16 ? `0x${part.toString(16)}` : base === 8 ? `0${part.toString(8)}` : String(part));
  fc.assert(fc.property(v4, fc.constantFrom(8, 10, 16), fc.nat(6), ([a, b, c, d], base, form) => {
    const plain = `${a}.${b}.${c}.${d}`;
    const write = digit(base);
    const number = ((a * 256 + b) * 256 + c) * 256 + d;
    const spelled = [
      [a, b, c, d].map(write).join("."), write(number), `${write(a)}.${write(number % 2 ** 24)}`, `${write(a)}.${write(b)}.${write(c * 256 + d)}`, `${plain}.`,
      `[::ffff:${plain}]`, `[64:ff9b::${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}]`,
    ][form] as string;
    assert.equal(classifyHost(spelled).is, classifyHost(plain).is, spelled);
    const judged = (host: string): boolean => inspectContent(`http://${host}/`, { role: "url" }).some(({ rule }) => /^url\.(?:metadata|loopback|private|reserved)$/.test(rule));
    assert.equal(judged(spelled), judged(plain), spelled);
  }), { numRuns: 2000 });
});

test("the ranges agree with the address lists of Node", () => {
  const ranges: Readonly<Record<string, readonly (readonly [string, number, "ipv4" | "ipv6"])[]>> = {
    loopback: [["127.0.0.0", 8, "ipv4"]], private: [["10.0.0.0", 8, "ipv4"], ["172.16.0.0", 12, "ipv4"], ["192.168.0.0", 16, "ipv4"]], cgnat: [["100.64.0.0", 10, "ipv4"]],
    link_local: [["169.254.0.0", 16, "ipv4"]], multicast: [["224.0.0.0", 4, "ipv4"]],
  };
  fc.assert(fc.property(v4, (parts) => {
    const address = parts.join(".");
    const is = classifyAddress(address);
    for (const [name, list] of Object.entries(ranges)) {
      const known = new BlockList();
      for (const [base, bits, family] of list) known.addSubnet(base, bits, family);
      // The metadata addresses lie in two of the ranges and have a class of their own.
      if (is !== "metadata") assert.equal(is === name, known.check(address, "ipv4"), `${address} is ${is}`);
    }
  }), { numRuns: 1000 });
});

describe("a pattern of domains", () => {
  const cases: readonly (readonly [pattern: string, host: string, matches: boolean])[] = [
    ["example.com", "EXAMPLE.com.", true], ["example.com", "a.example.com", false], ["*.example.com", "a.b.example.com", true], ["*.example.com", "example.com", false], [".example.com", "example.com", true], [".example.com", "a.example.com", true],
    ["*.example.com", "evilexample.com", false], ["*.example.com", "example.com.evil.org", false], ["*", "anything", true], ["bücher.example", "xn--bcher-kva.example", true], ["127.0.0.1", "0x7f.1", true], ["*.0.0.1", "10.0.0.1", false],
    ["*.com", "a.com", true], ["example.com", "", false], ["", "example.com", false], ["[::1]", "0:0::1", true],
  ];
  for (const [pattern, host, matches] of cases) test(`${pattern} ${matches ? "stands" : "does not stand"} for ${host || "nothing"}`, () => assert.equal(matchesDomain(pattern, host), matches));
});

describe("the hosts that a text names", () => {
  const cases: readonly (readonly [text: string, hosts: readonly string[]])[] = [
    ["see https://a.example/x, and http://b.example:80.", ["a.example", "b.example"]], ["http://a.example@b.example/", ["b.example"]], ["http://a.example\\@b.example/", ["a.example", "b.example"]],
    ["http://1.1.1.1#@b.example/", ["1.1.1.1", "b.example"]], ["api.example.com:8080/x", ["api.example.com"]], ["//x.example/y", ["x.example"]], ["10.0.0.5", ["10.0.0.5"]], ["[::1]:80", ["::1"]], ["localhost", ["localhost"]],
    ["(https://[2001:db8::1]/)", ["2001:db8::1"]], ["ht\ttp://a.example/", ["a.example"]], ["plain words", []], ["48.858370", []], ["1.5", []], ["12:30", []], ["2024-05-20T10:00:00", []], ["", []], ["file:///etc/passwd", []],
  ];
  for (const [text, hosts] of cases) test(JSON.stringify(text), () => assert.deepEqual(hostsOf(text).map(({ host }) => host), hosts));
});

test("a host behind a long user name is still found, and one that comes too late is not waited for", () => {
  const rules = (text: string): string[] => inspectContent(text, { role: "url" }).map(({ rule }) => rule);
  assert.ok(rules(`http://${"a".repeat(5000)}@169.254.169.254/`).includes("url.metadata"));
  assert.deepEqual(rules(`http://${"a".repeat(20_000)}@169.254.169.254/`), ["content.too_complex"]);
  assert.deepEqual(rules(`data:image/png;base64,${"A".repeat(40_000)}`), []);
  assert.deepEqual(rules(`https://example.com/${"a".repeat(40_000)}`), []);
});

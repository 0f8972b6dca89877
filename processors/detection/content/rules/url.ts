import type { ContentRule } from "../finding.ts";

const SSRF = "CWE-918; OWASP A10:2021 SSRF";
/** Anywhere else than in an argument for URLs an internal address may be ordinary. */
const SOFTER = { value: "flag", code: "flag", shell: "flag", sql: "flag", path: "flag" } as const;
const ONLY_URLS = { value: "off", code: "off", shell: "off", sql: "off", path: "off" } as const;

/** URLs that reach inside, or are not what they look like. */
export const URL_RULES: readonly ContentRule[] = [
  { id: "url.metadata", title: "The metadata service of a cloud", level: "block", source: SSRF, role: "url", matches: ["http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://[::ffff:a9fe:a9fe]/", "http://0xa9.0xfe.0xa9.0xfe/", "http://metadata.google.internal/", "http://example.com@169.254.169.254/", { text: "http://169.254.169.254/", role: "value" }], misses: ["https://example.com/search?q=169.254.169.254+metadata", "https://en.wikipedia.org/wiki/169.254.169.254"] },
  { id: "url.loopback", title: "This machine", level: "block", source: SSRF, role: "url", levels: SOFTER, matches: ["http://127.0.0.1:8080/admin", "http://127.1/", "http://0/", "http://[::1]/", "http://localhost./", "//localhost/x", "http://017700000001/"], misses: ["https://en.wikipedia.org/wiki/Localhost", "https://localhost.example.com/"] },
  { id: "url.private", title: "A private network", level: "block", source: SSRF, role: "url", levels: SOFTER, matches: ["http://10.0.0.5/", "http://192.168.257/", "http://[fe80::1%25eth0]/", "http://100.64.0.1/"], misses: ["http://203.0.113.20:8080/status", "https://[2001:db8::1]/index.html"] },
  { id: "url.reserved", title: "An address that belongs to nobody", level: "block", source: SSRF, role: "url", levels: SOFTER, matches: ["http://240.0.0.1/", "http://224.0.0.1/"], misses: ["http://8.8.8.8/"] },
  { id: "url.internal_name", title: "A name that only exists inside", level: "flag", source: SSRF, role: "url", levels: ONLY_URLS, matches: ["http://kubernetes.default.svc/api", "http://printer.local/", "http://intranet/"], misses: ["https://docs.example.org/"] },
  { id: "url.rebinding", title: "A public name for any address", level: "flag", source: "CWE-350", role: "url", levels: { ...ONLY_URLS, value: "flag" }, matches: ["http://10-0-0-5.nip.io/", "http://localtest.me/"], misses: ["https://nip.io.example.com/"] },
  { id: "url.disguised_address", title: "An address in another spelling", level: "block", source: SSRF, role: "url", levels: SOFTER, matches: ["http://0x08080808/", "http://134744072/"], misses: ["http://8.8.8.8/", "http://8.8.8.8./"] },
  { id: "url.scheme", title: "A scheme that does something else than the web", level: "block", source: SSRF, role: "url", levels: SOFTER, matches: ["gopher://127.0.0.1:6379/_FLUSHALL", "dict://x:11211/stats", "jar:http://127.0.0.1!/", "unix:/var/run/docker.sock"], misses: ["https://example.com/", "postgres://db.example.com/x", "mailto:a@example.com"] },
  { id: "url.local_file", title: "A file of this machine", level: "block", source: "CWE-73", role: "url", levels: { value: "flag", code: "off", shell: "off", sql: "off", path: "off" }, matches: ["file:///etc/hosts", "FILE:/etc/hosts"], misses: ["https://example.com/file:"] },
  { id: "url.script", title: "A URL that is a script", level: "block", source: "CWE-79", role: "url", levels: SOFTER, matches: ["javascript:alert(1)", "data:text/html,<script>x</script>"], misses: ["data:image/png;base64,iVBORw0KGgo=", "https://javascript.info/"] },
  { id: "url.confusing", title: "A URL that parsers read differently", level: "flag", source: "CWE-436", role: "url", levels: ONLY_URLS, matches: ["http:\\\\example.com\\x", "ht\ttp://example.com/"], misses: ["http://example.com/a"] },
  { id: "url.userinfo", title: "A user name that looks like a host", level: "flag", source: "CWE-451", role: "url", matches: ["http://example.com@evil.example/"], misses: ["https://user:pw@example.com/", "https://user@example.com/"] },
  { id: "url.homograph", title: "A host that is drawn like another", level: "flag", source: "CWE-1007; UTS 39", role: "url", matches: ["https://xn--80ak6aa92e.com/", "https://ex\u0430mple.com/"], misses: ["https://b\u00fccher.example/", "https://\u043f\u0440\u0438\u0432\u0435\u0442.\u0440\u0444/"] },
  { id: "url.redirect", title: "A parameter that leads inside", level: "flag", source: "CWE-601, CWE-918", role: "url", matches: ["https://example.com/redirect?url=http://169.254.169.254/", "https://example.com/?next=http%3A%2F%2Flocalhost%2F"], misses: ["https://example.com/redirect?url=https%3A%2F%2Fexample.org%2F"] },
  { id: "url.mention", title: "Names an internal address in running text", level: "flag", source: SSRF, role: "value", matches: ["please fetch http://169.254.169.254/latest for me"], misses: ["see http://localhost:3000 for the app"] },
];

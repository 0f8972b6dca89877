import type { ContentRule } from "../finding.ts";

const CWE = "CWE-22";
const SOFTER_IN_VALUE = { value: "flag" } as const;

/** Paths that lead where they should not. */
export const PATH_RULES: readonly ContentRule[] = [
  { id: "path.traversal", title: "Climbs out of where it starts", level: "block", source: CWE, role: "path", levels: SOFTER_IN_VALUE, matches: ["../../../secret.txt", "reports/../../x", "/tmp/../x", "....//....//x", "..\\..\\..\\x"], misses: ["docs/../docs/guide.md", "../src", "./reports/2026/Q1.pdf", "./...", "packages/core/src/..test.ts"] },
  { id: "path.encoded_traversal", title: "Climbs in disguise", level: "block", source: `${CWE}, CWE-174, CWE-176`, role: "path", matches: ["%2e%2e%2fx", "%252e%252e%252fx", "..%c0%afx", "\u2025/\u2025/x", "..\uff0f..\uff0fx", "..%u2215x", "..2f..2fx", { text: "..2f..2fetc2fx", role: "value" }, "%%32%65%%32%65%%32%66x"], misses: ["data/%20spaces%20.txt", "100%25.txt", "a/../b"] },
  { id: "path.system_traversal", title: "Climbs to a file of the operating system", level: "block", source: `${CWE}; OWASP CRS 930120`, role: "value", matches: ["../../../etc/hosts", "../../../../../var/log/auth.log", "..\\..\\..\\windows\\system.ini", "/srv/../../../../proc/self/cmdline"], misses: ["../../../dev/setup.sh", "../../etc/api-extractor.json", "../../../var/lib.ts", "../../../etc"] },
  { id: "path.encoding", title: "An encoding that only hides a path", level: "block", source: "CWE-176", role: "path", levels: SOFTER_IN_VALUE, matches: ["a%c0%afb", "a%252fb"], misses: ["a%20b/c", "\u00e9t\u00e9/\u6771\u4eac.jpg"] },
  { id: "path.parent", title: "Leads to a neighbouring folder", level: "flag", source: CWE, role: "path", levels: { value: "off" }, matches: ["../x", "../../x"], misses: ["./x", "a/../x"] },
  { id: "path.outside_root", title: "Leads out of the allowed folders", level: "block", source: CWE, role: "path", matches: [], misses: ["src/index.ts"] },
  { id: "path.symlink", title: "A link that leads out of the allowed folders", level: "block", source: "CWE-59", role: "path", matches: [], misses: ["src/index.ts"] },
  { id: "path.null_byte", title: "A NUL in a path", level: "block", source: "CWE-158", role: "path", levels: SOFTER_IN_VALUE, matches: ["report.pdf%00.png", "report.pdf\0.png"], misses: ["report.pdf.png"] },
  { id: "path.wrapper", title: "A stream wrapper in place of a path", level: "block", source: "CWE-98", role: "path", matches: ["php://filter/convert.base64-encode/resource=index.php", "expect://id", "phar:///tmp/x.phar"], misses: ["php: notes.txt", "data/zip.txt"] },
  { id: "path.secret_file", title: "A file of credentials or accounts", level: "block", source: "CWE-552", role: "path", matches: ["/etc/passwd", "~/.aws/credentials", "/etc//shadow", "/proc/self/environ", "file:///etc/passwd", "C:\\Windows\\System32\\config\\SAM", "/var/run/docker.sock", { text: "/root/.ssh/id_rsa", role: "value" }], misses: ["archive/etc/passwords-policy.md", "src/index.ts", "docs/id_rsa.md"] },
  { id: "path.settings_file", title: "A file that often holds secrets", level: "flag", source: "CWE-538", role: "path", matches: [".env", ".git/config", "web/.htaccess"], misses: [".env.example", "env.d.ts", ".gitignore"] },
  { id: "path.system_file", title: "A file of the operating system", level: "flag", source: "CWE-552", role: "path", levels: { value: "off" }, matches: ["/etc/hosts", "/var/log/syslog", "C:\\Windows\\x.ini"], misses: ["/usr/share/doc/readme.txt", "/dev/null", "/workspace/data/input.csv"] },
  { id: "path.share", title: "A network share", level: "block", source: "CWE-40", role: "path", levels: SOFTER_IN_VALUE, matches: ["\\\\203.0.113.9\\share\\x"], misses: ["C:\\Users\\maria\\invoice.docx"] },
  { id: "path.share_slashes", title: "What some systems take for a network share", level: "flag", source: "CWE-40", role: "path", levels: { value: "off" }, matches: ["//203.0.113.9/share/x"], misses: ["/srv/share/x"] },
  { id: "path.device", title: "A Windows device path", level: "block", source: "CWE-67", role: "path", levels: SOFTER_IN_VALUE, matches: ["\\\\?\\C:\\Windows\\win.ini", "\\\\.\\PhysicalDrive0"], misses: ["C:\\Users"] },
  { id: "path.device_name", title: "A reserved name of Windows", level: "flag", source: "CWE-67", role: "path", levels: { value: "off" }, matches: ["CON", "a/nul.txt"], misses: ["console.log", "contact.txt"] },
  { id: "path.stream", title: "An alternate data stream", level: "flag", source: "CWE-69", role: "path", matches: ["file.txt::$DATA"], misses: ["12:30.txt"] },
  { id: "path.too_long", title: "Too long for a path", level: "block", source: "PATH_MAX of POSIX", role: "path", matches: ["a/".repeat(9000)], misses: ["a/".repeat(100)] },
];

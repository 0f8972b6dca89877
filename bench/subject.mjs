// What every contender is given: the same tool, the same arguments, the same ten rules.

/** A tool that does nothing worth measuring. */
export const tool = async (args) => args.limit;

/** The tool that is called: the sixth rule allows it. */
export const ALLOWED = "orders.lookup";
/** The tool that is refused: the ninth rule denies it. */
export const DENIED = "files.delete";

const ARGUMENT_BYTES = 200;
const bare = { order: "A-1042", customer: "C-77", fields: ["status", "total", "lines", "carrier"], limit: 10, note: "" };
const words = "please look up where this parcel is and when it will arrive at the warehouse in the harbour ";

/** 200 bytes of JSON with nothing secret in them. */
export const args = { ...bare, note: words.repeat(3).slice(0, ARGUMENT_BYTES - JSON.stringify(bare).length) };

/** A pattern is a name, or a prefix and `.*`: the form that all contenders know. `peers/policy.rego` says the same. */
export const RULES = [
  { id: "search", tool: "search", effect: "allow" },
  { id: "crm", tool: "crm.*", effect: "allow" },
  { id: "calendar", tool: "calendar.*", effect: "allow" },
  { id: "tickets", tool: "create_ticket", effect: "allow" },
  { id: "mail", tool: "mail.*", effect: "allow" },
  { id: "orders", tool: "orders.*", effect: "allow" },
  { id: "files", tool: "files.*", effect: "allow" },
  { id: "no-broadcast", tool: "mail.broadcast", effect: "deny", reason: "mass mail is not allowed" },
  { id: "no-delete", tool: "files.delete", effect: "deny", reason: "files are not deleted by agents" },
  { id: "no-admin", tool: "admin.*", effect: "deny", reason: "nobody wipes anything" },
];

/** The policy as spangate takes it. */
export function policy(extra = {}) {
  return { spangate: 1, name: "bench", mode: "enforce", default: "deny", rules: RULES, ...extra };
}

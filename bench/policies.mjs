// What bench/policy.mjs is given: policies of any size, one rule of each kind, and the rules of the other engines.

/** Every so many tool names of a policy are called in turn, so that no call is like the one before. */
const CALLED = 64;
export const TIME = Date.UTC(2026, 10, 25, 12);

/** Four kinds of rules in turn, and three that look at every name. */
export function rulesOf(count) {
  const one = (index) => [
    { id: `r${index}`, tool: `tool_${index}`, effect: "allow" },
    { id: `r${index}`, tool: `crm_${index}.*`, caller: { role: "clerk" }, effect: "allow" },
    { id: `r${index}`, tool: `pay_${index}`, arguments: { amount: { max: 100 } }, effect: "allow" },
    { id: `r${index}`, tool: [`ops_${index}.*`, `root_${index}`], environment: "production", effect: "deny", reason: "not in production" },
  ][index % 4];
  return [
    { id: "no-shell", tool: "*shell*", effect: "deny" }, { id: "no-secrets", tool: "*_secret", effect: "deny" }, { id: "guests", tool: "*", caller: { role: "guest" }, effect: "deny" },
    ...Array.from({ length: count - 3 }, (_, index) => one(index)),
  ];
}

export function policyOf(count) {
  return { spangate: 1, name: `p${count}`, default: "deny", rules: rulesOf(count) };
}

/** The same as a person writes it, one rule a line. */
export function yamlOf(count) {
  return `spangate: 1\nname: p${count}\ndefault: deny\nrules:\n${rulesOf(count).map((rule) => `  - ${JSON.stringify(rule)}\n`).join("")}`;
}

/** Calls of tools that rules name, spread over the policy. */
export function callsOf(count) {
  return Array.from({ length: CALLED }, (_, index) => {
    const rule = Math.floor((index * (count - 3)) / CALLED);
    return invocation([`tool_${rule}`, `crm_${rule}.read`, `pay_${rule}`, `ops_${rule}.stop`][rule % 4]);
  });
}

export function invocation(tool, more = {}) {
  return { tool, arguments: { amount: 50, to: ["ann@example.com", "bob@example.com"], note: "thank you", items: [{ price: 3 }, { price: 10 }, { price: 5.5 }] }, framework: "ai", caller: "ann", roles: ["support", "clerk"], tenant: "acme", session: "s1", environment: "test", context: { region: "eu" }, time: TIME, ...more };
}

const only = (match, more = {}) => ({ rules: [{ id: "r", tool: "x", ...match, effect: "allow" }], ...more });
const database = { tools: { x: { effect_class: "read", risk: "low", target: { type: "database", from: "note" } } }, targets: [{ type: "database", name: "thank*", environment: "test", sensitivity: "internal" }] };

/** What a rule looks at → a policy with that rule alone. */
export const KINDS = {
  "the name of the tool": only({}),
  "a pattern of names": only({ tool: "?*" }),
  "caller: a role of two": only({ caller: { role: "clerk" } }),
  "caller, tenant, session, environment, context": only({ caller: { id: "ann", tenant: "acme" }, session: "s*", environment: "test", context: { region: "eu" } }),
  "time of day, UTC": only({ time: { from: "08:00", to: "18:00" } }),
  "time of day and days, Europe/Berlin": only({ time: { from: "08:00", to: "18:00", days: ["mon", "tue", "wed", "thu", "fri"], zone: "Europe/Berlin" } }),
  "effect class": only({ effect_class: "read" }, database),
  "effective risk, by a target": only({ risk: "low" }, database),
  "target": only({ target: { type: "database", environment: "test", sensitivity: "internal" } }, database),
  "arguments: equals": only({ arguments: { amount: 50 } }),
  "arguments: min and max": only({ arguments: { amount: { min: 1, max: 100 } } }),
  "arguments: glob on two elements": only({ arguments: { "to.*": { glob: "*@example.com" } } }),
  "arguments: pattern (RE2)": only({ arguments: { note: { pattern: "^thank" } } }),
  "arguments: max of three nested elements": only({ arguments: { "items.*.price": { max: 10 } } }),
  "when: a comparison": only({ when: "arguments.amount <= 100.0" }),
  "when: a comparison and a role": only({ when: 'arguments.amount <= 100.0 && caller.roles.exists(r, r == "clerk")' }),
  "a JSON Schema of the arguments": only({}, { tools: { x: { arguments: { type: "object", properties: { amount: { type: "number", maximum: 100 } }, required: ["amount"] } } } }),
  "modify: one clamp": { rules: [{ id: "r", tool: "x", effect: "modify", modify: [{ path: "amount", max: 10 }] }] },
  "a shadow beside it": { rules: [{ id: "r", tool: "x", effect: "allow" }, { id: "s", tool: "*", effect: "deny", mode: "observe" }] },
};

/** What test/fixtures/rego/spangate.rego and test/fixtures/cedar/spangate.cedar say. */
export const ENGINE_RULES = {
  spangate: 1, name: "engines", default: "deny",
  tools: { "payments.refund": { effect_class: "write" }, "orders.lookup": { effect_class: "read" } },
  rules: [
    { id: "read-only", effect_class: ["write", "execute", "network"], when: 'environment != "production"', effect: "deny", reason: "outside production agents only read" },
    { id: "refund", tool: "payments.refund", caller: { role: "support" }, arguments: { amount: { min: 0.01, max: 100 } }, effect: "allow", reason: "support refunds up to 100" },
    { id: "read", effect_class: "read", effect: "allow", reason: "everybody may read" },
  ],
};

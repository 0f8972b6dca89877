/**
 * The MCP TypeScript SDK, v1 (`@modelcontextprotocol/sdk`) and v2 (`client`, `server`). Client side: every
 * request passes `request`; server side: every handler is set with `setRequestHandler`.
 *
 * @module
 */
import type { Call } from "../../processors/invocation.ts";
import type { Framework } from "./framework.ts";

interface Request {
  readonly method?: string;
  readonly params?: { readonly name: string; readonly arguments?: Record<string, unknown>; readonly [key: string]: unknown };
}
type Handler = (request: Request, extra?: { sessionId?: string; authInfo?: { clientId?: string } }) => unknown;
interface Constructor<T> {
  readonly prototype: T;
}

const METHOD = "tools/call";

export const mcp: Framework = {
  id: "mcp",
  packages: { "@modelcontextprotocol/sdk": ["1"], "@modelcontextprotocol/client": ["2"], "@modelcontextprotocol/server": ["2"] },
  capable: (source, { name, path }) =>
    name === "@modelcontextprotocol/sdk" ? /^dist\/(?:esm|cjs)\/(?:shared\/protocol|server\/index)\.js$/.test(path)
      : /\bclass (?:Client|Server)\b/.test(source) && source.includes(METHOD),
  patch(source, { name, path }) {
    const cjs = path.startsWith("dist/cjs/") ? "exports." : "";
    if (name === "@modelcontextprotocol/sdk") {
      if (path.endsWith("/shared/protocol.js") && /^(?:export )?class Protocol\b/m.test(source)) return `$.client(${cjs}Protocol);`;
      if (path.endsWith("/server/index.js") && /^(?:export )?class Server\b/m.test(source)) return `$.server(${cjs}Server);`;
      return undefined;
    }
    if (name.endsWith("/client") && /^var Client = class/m.test(source)) return "$.client(Client);";
    if (name.endsWith("/server") && /^var Server = class/m.test(source)) return "$.server(Server);";
    return undefined;
  },
  signature: /notifications\/tools\/list_changed/,
  bind: (guard) => ({
    client(target: Constructor<{ request(request: Request, ...rest: unknown[]): unknown }>) {
      const original = target.prototype.request;
      target.prototype.request = function (request, ...rest) {
        if (request?.method !== METHOD || !request.params) return original.call(this, request, ...rest);
        const { params } = request;
        return guard.call(callOf("mcp.client", params), (args) => original.call(this, { ...request, params: { ...params, arguments: args as Record<string, unknown> } }, ...rest), denied);
      };
    },
    server(target: Constructor<{ setRequestHandler(method: unknown, ...rest: unknown[]): unknown }>) {
      const original = target.prototype.setRequestHandler;
      target.prototype.setRequestHandler = function (method, ...rest) {
        const handler = rest.at(-1) as Handler;
        if (methodOf(method) !== METHOD) return original.call(this, method, ...rest);
        const guarded: Handler = (request, extra) => {
          if (!request.params) return handler(request, extra);
          const { params } = request;
          return guard.call(
            { ...callOf("mcp.server", params), session: extra?.sessionId, caller: extra?.authInfo?.clientId },
            (args) => handler({ ...request, params: { ...params, arguments: args as Record<string, unknown> } }, extra), denied,
          );
        };
        return original.call(this, method, ...rest.slice(0, -1), guarded);
      };
    },
  }),
};

function callOf(framework: string, params: NonNullable<Request["params"]>): Call {
  return { framework, tool: params.name, arguments: params.arguments ?? {} };
}

/** A result with `isError`: the model reads it and goes on. A thrown error would look like an outage. */
function denied(message: string): unknown {
  return { content: [{ type: "text", text: message }], isError: true };
}

/** v2 names the method; v1 passes the Zod schema (3 or 4) of the request. */
function methodOf(method: unknown): unknown {
  if (typeof method === "string") return method;
  const literal = (method as { shape?: { method?: { value?: unknown; _def?: { value?: unknown } } } } | undefined)?.shape?.method;
  return literal?.value ?? literal?._def?.value;
}

/**
 * The MCP TypeScript SDK, v1 (`@modelcontextprotocol/sdk`) and v2 (`client`, `server`). Clients and servers are
 * a `Protocol`: what one asks passes `request`, what it is asked passes `_onrequest`, whichever way the handler
 * was set.
 *
 * @module
 */
import type { Call } from "../../policies/index.ts";
import type { Guard } from "../guard.ts";
import type { Framework } from "./framework.ts";

interface Params {
  readonly name?: unknown;
  readonly arguments?: unknown;
  /** v1: the caller wants a task, and fetches the result later. */
  readonly task?: unknown;
}
interface Request {
  readonly method?: string;
  readonly params?: Params;
}
interface Extra {
  readonly sessionId?: string;
  readonly authInfo?: Auth;
  /** v2 only. */
  readonly http?: { readonly authInfo?: Auth };
  /** v2 only. */
  readonly mcpReq?: { send: Send };
  readonly taskStore?: TaskStore;
  readonly taskRequestedTtl?: number;
}
interface Auth {
  readonly clientId?: string;
}
interface TaskStore {
  createTask(options: { ttl?: number | undefined }): Promise<{ readonly taskId: string }>;
  storeTaskResult(taskId: string, status: string, result: unknown): Promise<void>;
  getTask(taskId: string): Promise<unknown>;
}
type Handler = (request: Request, extra?: Extra) => unknown;
type Send = (request: Request, ...rest: unknown[]) => unknown;
interface Protocol {
  request: Send;
  /** v1, since it has tasks. */
  requestStream?: (request: Request, ...rest: unknown[]) => AsyncGenerator<unknown>;
  _onrequest(request: Request, ...rest: unknown[]): unknown;
  readonly _requestHandlers: Map<string | undefined, Handler>;
  readonly fallbackRequestHandler?: Handler;
  /** A client: what the server said of itself. */
  getServerVersion?(): { readonly name?: unknown } | undefined;
  /** A server: what it says of itself. */
  readonly _serverInfo?: { readonly name?: unknown };
}

const METHOD = "tools/call";
const CLASS = /^(?:(?:export )?class Protocol\b|var Protocol = class\b)/m;
/** How a handler is found: what {@link guardHandlers} relies on. */
const LOOKUP = "this._requestHandlers.get(request.method)";

export const mcp: Framework = {
  id: "mcp",
  packages: { "@modelcontextprotocol/sdk": ["1"], "@modelcontextprotocol/client": ["2"], "@modelcontextprotocol/server": ["2"] },
  capable: (source, { path }) => path.endsWith("/shared/protocol.js") || source.includes("fallbackRequestHandler"),
  patch: (source) => (CLASS.test(source) && source.includes(LOOKUP) ? "$.protocol(Protocol);" : undefined),
  // The text of an error of Protocol. Names of methods would not do: applications use those themselves.
  signature: /Received a response for an unknown message ID/,
  bind: (guard) => ({
    protocol({ prototype }: { readonly prototype: Protocol }) {
      guardRequests(guard, prototype);
      guardHandlers(guard, prototype);
    },
  }),
};

/** The client side. */
function guardRequests(guard: Guard, prototype: Protocol): void {
  const { request: original, requestStream } = prototype;
  /** Judged as streams: the same object comes to `request` next. */
  const judged = new WeakSet<Request>();
  prototype.request = function (request, ...rest) {
    return judged.has(request) ? original.call(this, request, ...rest) : guardedSend(guard, request, (forwarded) => original.call(this, forwarded, ...rest), serverOf(this));
  };
  if (!requestStream) return;
  prototype.requestStream = async function* (request, ...rest) {
    if (request?.method !== METHOD) return yield* requestStream.call(this, request, ...rest);
    const { call, forward } = take("mcp.client", request, serverOf(this));
    const passage = await guard.admit(call);
    const refusal = (): object => ({ type: "result", result: denied(passage.message) });
    if (!passage.allowed) {
      passage.refuse();
      return yield refusal();
    }
    try {
      yield* passage.run((args) => {
        const forwarded = forward(args);
        judged.add(forwarded);
        return requestStream.call(this, forwarded, ...rest);
      });
    } catch (thrown) {
      if (!passage.withheld) throw thrown;
      yield refusal();
    }
  };
}

function guardedSend(guard: Guard, request: Request, send: (request: Request) => unknown, server?: string): unknown {
  if (request?.method !== METHOD) return send(request);
  const { call, forward } = take("mcp.client", request, server);
  return guard.call(call, (args) => send(forward(args)), denied);
}

/**
 * The server side. A handler is found in the same turn in which `_onrequest` is called, so a guarded one stands
 * in its place just then; also for one that the application set as the fallback, or with a schema of its own.
 */
function guardHandlers(guard: Guard, prototype: Protocol): void {
  const original = prototype._onrequest;
  prototype._onrequest = function (request, ...rest) {
    const { method } = request;
    const own = this._requestHandlers.get(method);
    const handler = own ?? this.fallbackRequestHandler;
    if (!handler) return original.call(this, request, ...rest);
    this._requestHandlers.set(method, (received, extra) => {
      if (extra?.mcpReq) guardRelated(guard, extra.mcpReq);
      return method === METHOD ? guardedHandle(guard, received, handler, extra, serverOf(this)) : handler(received, extra);
    });
    try {
      return original.call(this, request, ...rest);
    } finally {
      if (own) this._requestHandlers.set(method, own);
      else this._requestHandlers.delete(method);
    }
  };
}

function guardedHandle(guard: Guard, request: Request, handler: Handler, extra: Extra | undefined, server: string | undefined): unknown {
  const { call, forward } = take("mcp.server", request, server);
  const caller = extra?.authInfo?.clientId ?? extra?.http?.authInfo?.clientId;
  const store = request.params?.task === undefined ? undefined : extra?.taskStore;
  return guard.call<unknown>({ ...call, session: extra?.sessionId, caller }, (args) => handler(forward(args), extra),
    (message) => (store ? deniedTask(message, store, extra?.taskRequestedTtl) : denied(message)));
}

/** v2: a handler may send requests that belong to the one it handles; these do not pass `request`. */
function guardRelated(guard: Guard, context: { send: Send }): void {
  const { send } = context;
  context.send = (request, ...rest) => guardedSend(guard, request, (forwarded) => send(forwarded, ...rest));
}

/**
 * What is judged, and the request to go on with. It is copied now: the application may change its own object
 * while a verdict is waited for. A name that is no text names no tool.
 */
function take(framework: string, request: Request, server: string | undefined): { call: Call; forward: (args: unknown) => Request } {
  const params = { ...request.params };
  const name = typeof params.name === "string" ? params.name : "";
  return {
    call: { framework, tool: name, arguments: params.arguments ?? {}, server },
    forward(args) {
      // Where there were none, a server may look whether there are any.
      const none = params.arguments === undefined && Object.keys(args as object).length === 0;
      return { ...request, method: METHOD, params: { ...params, name, ...(!none && { arguments: args }) } };
    },
  };
}

/** The name that the server gives itself, which is all that the protocol knows of it. */
function serverOf(protocol: Protocol): string | undefined {
  const name = (protocol.getServerVersion?.() ?? protocol._serverInfo)?.name;
  return typeof name === "string" ? name : undefined;
}

/** A result with `isError`: the model reads it and goes on. A thrown error would look like an outage. */
function denied(message: string): unknown {
  return { content: [{ type: "text", text: message }], isError: true };
}

/** Who asked for a task gets one that is over. Completed, since the SDK shows the result of a failed one to nobody. */
async function deniedTask(message: string, store: TaskStore, ttl: number | undefined): Promise<unknown> {
  try {
    const { taskId } = await store.createTask({ ttl });
    await store.storeTaskResult(taskId, "completed", denied(message));
    return { task: await store.getTask(taskId) };
  } catch {
    return denied(message);
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { openCheckpoint, parseCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { EMPTY_ROOT, type Hash, parseHash } from "../../../../exporters/audit/tree/hash.ts";
import { formatSignature, parseNote, type Signer, type Verifier } from "../../../../exporters/audit/tree/note.ts";
import { verifyConsistency } from "../../../../exporters/audit/tree/proof.ts";

export interface FakeWitness {
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly requests: string[];
  /** Size and root that it cosigned last. */
  head: { size: number; root: Hash };
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A witness of one log that follows C2SP tlog-witness; `instead` may answer in its place. */
export async function startFakeWitness(log: Verifier, signers: readonly Signer[], instead: (request: string, response: ServerResponse) => Answer | "nothing" | undefined = () => undefined): Promise<FakeWitness> {
  const requests: string[] = [];
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  const witness = { requests, head: { size: 0, root: EMPTY_ROOT }, url: "", stop };

  const judge = (request: string): Answer => {
    const split = request.indexOf("\n\n");
    const [old = "", ...lines] = request.slice(0, split).split("\n");
    const note = request.slice(split + 2);
    const parsed = parseNote(note);
    const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
    const from = /^old (0|[1-9]\d*)$/.exec(old)?.[1];
    if (typeof parsed === "string" || typeof checkpoint === "string" || from === undefined || Number(from) > checkpoint.size) return { status: 400, body: "bad request\n" };
    if (checkpoint.origin !== log.name) return { status: 404, body: "unknown log\n" };
    if (typeof openCheckpoint(note, log.name, [log]) === "string") return { status: 403, body: "invalid signature\n" };
    const { head } = witness;
    if (Number(from) !== head.size) return { status: 409, body: `${head.size}\n`, headers: { "content-type": "text/x.tlog.size" } };
    if (head.size === checkpoint.size && head.root !== checkpoint.root) return { status: 409, body: `${head.size}\n`, headers: { "content-type": "text/x.tlog.size" } };
    const proof = lines.map((line) => parseHash(line) ?? "");
    if (head.size > 0 && !verifyConsistency(head.size, checkpoint.size, head.root, checkpoint.root, proof)) return { status: 422, body: "invalid proof\n" };
    witness.head = { size: checkpoint.size, root: checkpoint.root };
    return { status: 200, body: signers.map((signer) => formatSignature({ name: signer.name, id: signer.id, bytes: signer.sign(parsed.text) })).join("") };
  };

  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    requests.push(body);
    const answer = request.method === "POST" && request.url === "/witness/add-checkpoint" ? instead(body, response) ?? judge(body) : { status: 404, body: "no such page\n" };
    if (answer !== "nothing") response.writeHead(answer.status, answer.headers ?? {}).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  witness.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/witness`;
  return witness;
}

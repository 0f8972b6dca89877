import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import type { TestContext } from "node:test";
import { Receiver, type Received } from "./receiver.ts";

export const CREDENTIALS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", AWS_REGION: "eu-central-1" };

const hex = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * The part of S3 that matters here: objects that are created once (`If-None-Match`) and read. Every signature is worked
 * out again as the AWS documentation of Signature Version 4 says.
 */
export class Bucket {
  readonly objects = new Map<string, { readonly body: Buffer; readonly headers: Received["headers"] }>();
  readonly receiver: Receiver;
  /** Called before an object is kept; a status that it returns is the answer. */
  before: (key: string) => number | undefined = () => undefined;
  /** Called after an object is kept: the answer may be lost. */
  after: (key: string) => number | undefined = () => undefined;

  private constructor(receiver: Receiver) {
    this.receiver = receiver;
  }

  static async start(t: TestContext): Promise<Bucket> {
    const bucket = new Bucket(await Receiver.start(t, { binary: true }));
    bucket.receiver.answer = (request, response) => {
      assertSigned(request);
      const key = decodeURIComponent(request.path.split("?")[0] as string);
      const there = bucket.objects.get(key);
      if (request.method === "GET") return void (there ? response.end(there.body) : response.writeHead(404).end());
      const refused = bucket.before(key);
      if (refused) return void response.writeHead(refused).end();
      if (there && request.headers["if-none-match"] === "*") return void response.writeHead(412).end("<Error><Code>PreconditionFailed</Code></Error>");
      const body = Buffer.from(request.body, "latin1");
      assert.equal(request.headers["x-amz-checksum-sha256"], createHash("sha256").update(body).digest("base64"));
      bucket.objects.set(key, { body, headers: request.headers });
      response.writeHead(bucket.after(key) ?? 200).end();
    };
    return bucket;
  }
}

function assertSigned({ method, path, headers, body }: Received): void {
  const [, credential, signedHeaders, signature] = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? "") ?? [];
  assert.ok(credential && signedHeaders && signature, headers.authorization);
  const [id, ...scope] = credential.split("/");
  assert.equal(id, CREDENTIALS.AWS_ACCESS_KEY_ID);
  const payload = headers["x-amz-content-sha256"] as string;
  if (payload !== "UNSIGNED-PAYLOAD") assert.equal(payload, hex(Buffer.from(body, "latin1")));
  const [resource, query = ""] = path.split("?");
  const canonical = [method, resource, query.split("&").sort().join("&"), ...signedHeaders.split(";").map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, " ")}`), "", signedHeaders, payload].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope.join("/"), hex(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((at, part) => hmac(at, part), `AWS4${CREDENTIALS.AWS_SECRET_ACCESS_KEY}`);
  assert.equal(createHmac("sha256", key).update(text).digest("hex"), signature, "the signature is not that of the request");
}

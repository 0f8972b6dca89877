import { library } from "../../policies/engines/library.ts";

/** The client that is asked for, and where it comes from: an optional peer. */
export const CLIENT = "@redis/client";
/** How long it may take to reach the server, and until it has also answered, in milliseconds. */
const CONNECT = 1_000;
const GREETING = 2_000;
/** Between two attempts to connect, in milliseconds: doubled each time until the second. */
const RETRY = [50, 2_000] as const;
/** How long nothing may come back after an answer was late before the connection is given up, in milliseconds. */
const SILENCE = 1_000;
/** Requests without an answer. More are refused at once: a server that is frozen must not fill the memory of its callers. */
const MOST_WAITING = 1_000;

/** What is used of the client. */
interface Client {
  on(event: "error", listener: (error: Error) => void): void;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  unref(): void;
  destroy(): void;
}

export interface ConnectionOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://`. */
  readonly url: string;
  /** Runs what is no part of the call that is judged: connections, and the timers that renew them. */
  readonly outside: <T>(run: () => T) => T;
  /** What is sent before anything else; whatever is answered, the server has then shown that it does. */
  readonly greeting: readonly string[];
  /** Told why there is no connection, at every attempt. */
  readonly lost: (error: Error) => void;
}

/**
 * One connection to a Redis server. It is renewed by itself, keeps no request for later, and keeps no process alive.
 * The client could do the first, with timers that do keep it alive.
 */
export class RedisConnection {
  readonly #options: ConnectionOptions;
  #client: Client | undefined;
  #ready = false;
  #opening: Promise<void> | undefined;
  #opened: () => void = () => {};
  #attempts = 0;
  #closed = false;
  #waiting = 0;
  /** Answers so far, and whether it is being watched that there come more. */
  #answers = 0;
  #doubted = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Resolves when the first attempt to connect has ended, well or not; undefined before it began and after it ended. */
  get opening(): Promise<void> | undefined {
    return this.#opening;
  }

  /** Begins to connect, unless that was begun. */
  connect(): void {
    if (this.#client || this.#attempts > 0 || this.#closed) return;
    this.#opening = new Promise((resolve) => {
      this.#opened = () => {
        this.#opening = undefined;
        resolve();
      };
    });
    this.#options.outside(() => this.#attempt());
  }

  /** Rejects at once where there is no connection. */
  async send(args: readonly string[]): Promise<unknown> {
    const client = this.#client;
    if (!client || !this.#ready) throw new Error("there is no connection");
    if (this.#waiting >= MOST_WAITING) throw new Error(`${MOST_WAITING} requests have no answer yet`);
    this.#waiting++;
    try {
      return await client.sendCommand(args);
    } finally {
      this.#waiting--;
      this.#answers++;
    }
  }

  /** An answer is late. Where nothing comes in any more, the connection may be dead without either end knowing. */
  doubt(): void {
    const client = this.#client;
    if (this.#doubted || !client) return;
    this.#doubted = true;
    const answers = this.#answers;
    this.#options.outside(() => setTimeout(() => {
      this.#doubted = false;
      if (this.#answers === answers) this.#lose(client, new Error(`no answer for ${SILENCE} ms`));
    }, SILENCE).unref());
  }

  close(): void {
    this.#closed = true;
    if (this.#client) this.#lose(this.#client, new Error("closed"));
  }

  #attempt(): void {
    this.#attempts++;
    let client: Client;
    try {
      client = createClient(this.#options.url);
    } catch (thrown) {
      this.#opened();
      return this.#options.lost(thrown as Error);
    }
    this.#client = client;
    client.on("error", (error) => this.#lose(client, error));
    client.unref();
    const timer = setTimeout(() => this.#lose(client, new Error(`no greeting within ${GREETING} ms`)), GREETING).unref();
    const greet = async (): Promise<void> => {
      await client.connect();
      await client.sendCommand(this.#options.greeting).catch((thrown: Error) => { if (this.#client !== client) throw thrown; });
    };
    void greet().then(() => {
      if (this.#client !== client) return client.destroy();
      this.#ready = true;
      this.#attempts = 1;
      this.#opened();
    }).catch((thrown: Error) => this.#lose(client, thrown)).finally(() => clearTimeout(timer));
  }

  #lose(client: Client, error: Error): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#ready = false;
    try {
      client.destroy();
    } catch {
      // It is gone already.
    }
    this.#opened();
    if (this.#closed) return;
    this.#options.lost(error);
    const [first, most] = RETRY;
    setTimeout(() => { if (!this.#closed && !this.#client) this.#attempt(); }, Math.min(first * 2 ** (this.#attempts - 1), most)).unref();
  }
}

function createClient(url: string): Client {
  const { createClient: create } = library(CLIENT, CLIENT) as { createClient(options: object): Client };
  return create({
    url, RESP: 3, disableOfflineQueue: true, disableClientInfo: true, maintNotifications: "disabled",
    socket: { connectTimeout: CONNECT, reconnectStrategy: false },
  });
}

// What lanyard.js exports. docs/api.md says how it behaves.

/** JSON as documents hold it; in `numbers: 'text'` mode every number that is read is a {@link Decimal}. */
export type Json = null | boolean | string | number | bigint | Decimal | Json[] | { [name: string]: Json | undefined };
export type Fields = { [name: string]: any };

export type Status = 'connecting' | 'online' | 'offline' | 'signed_out' | 'closed';

export interface SignInOptions {
  /** The name that the person is shown. */
  app: string;
  /** Such as `expense:read` or `alice.*:write`. */
  scopes: string | string[];
}

export interface ConnectOptions {
  /** The daemon's address. By default where the module came from, else http://127.0.0.1:7717. */
  url?: string;
  /** A token, or what returns or promises one; it is asked anew when a token is not taken any more. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** What `signIn()` asks for. The token is remembered in the browser's storage of that kind, `session` by default. */
  signIn?: SignInOptions & { remember?: 'session' | 'local' | 'none' };
  /** `'text'` reads every number as a {@link Decimal}, so that 12.10 stays 12.10. */
  numbers?: 'text';
  /** The program's name; each connection adds something of its own. At most 50 characters. */
  client?: string;
  /** How many writes may wait while the daemon is not reachable: 1000 by default. */
  maxQueue?: number;
  /** Where they wait: `'local'` (the browser's storage, over a reload; the default where there is one) or `'memory'`. */
  queue?: 'local' | 'memory';
  /** The first and the longest wait before it tries to connect again: 250 and 10,000. */
  minRetryMillis?: number;
  maxRetryMillis?: number;
  /** After how much silence it asks whether the daemon is there, and how long it waits: 20,000 and 10,000. */
  pingMillis?: number;
  answerMillis?: number;
  /** For Node before version 22: the class of the package `ws`. */
  WebSocket?: any;
}

export interface WriteOptions {
  /** Refused with `etag_mismatch` if the document has another ETag by now. */
  ifMatch?: string;
}

export interface WriteResult {
  id: string;
  etag: string;
  outcome: 'created' | 'updated' | 'unchanged' | 'deleted' | 'absent';
}

export interface Item<T> {
  id: string;
  etag: string;
  stamp: string;
  data: T;
}

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'exists';
/** By field (`amount`, `address.city` or a JSON Pointer): a value, or comparisons, all of which must hold. */
export type Where = { [path: string]: Json | { [operator in Comparison]?: Json } };

export interface ListOptions {
  where?: Where;
  prefix?: string;
  order?: string;
  limit?: number;
  cursor?: string | null;
}

export interface SubscribeOptions {
  where?: Where;
  /** `start` (the default) tells all documents first, `now` only what comes. */
  since?: 'start' | 'now' | string;
  /** Gathers what happens in that time. */
  batchMillis?: number;
}

/** What changed in what is to be seen. */
export interface Change<T> {
  event: 'created' | 'updated' | 'deleted';
  collection: string;
  id: string;
  /** The document as it is now; null if it is gone. */
  data: T | null;
  previous: T | null;
  /** Which fields, as JSON Pointers, if the daemon said so. */
  changed?: string[] | null;
  origin?: { device: string | null; client: string | null; self: boolean };
  timestamp?: string;
  /** Whether it belongs to the first picture. */
  snapshot: boolean;
  /** Whether it is a write of this client that the daemon has not confirmed yet, or one that was taken back. */
  local: boolean;
  /** Why a write of this client was taken back. */
  error?: LanyardError;
}

export interface Subscription<T = Fields> {
  readonly collection: string;
  /** What is to be seen now, own writes included: by id; by `collection/id` where the name has a `*`. */
  readonly documents: ReadonlyMap<string, T>;
  /** Resolves when the daemon has told everything there was. */
  readonly ready: Promise<void>;
  close(): void;
}

export interface Collection<T = Fields> {
  readonly name: string;
  put(id: string, data: T, options?: WriteOptions): Promise<WriteResult>;
  add(data: T): Promise<WriteResult>;
  patch(id: string, changes: Fields, options?: WriteOptions): Promise<WriteResult>;
  delete(id: string, options?: WriteOptions): Promise<WriteResult>;
  get(id: string): Promise<T | null>;
  list(options?: ListOptions): Promise<{ items: Item<T>[]; next: string | null }>;
  subscribe(listener?: (change: Change<T>) => void, options?: SubscribeOptions): Subscription<T>;
}

export interface Lanyard {
  readonly url: string;
  readonly client: string;
  readonly status: Status;
  readonly pending: number;
  on(name: 'status', listener: (status: Status) => void): () => void;
  on(name: 'pending', listener: (pending: number) => void): () => void;
  on(name: 'error', listener: (error: LanyardError) => void): () => void;
  on(name: 'peers' | 'conflict' | 'notice', listener: (message: any) => void): () => void;
  collection<T = Fields>(name: string): Collection<T>;
  signIn(): Promise<{ token: string; expires: string | null }>;
  signOut(): void;
  useToken(token: ConnectOptions['token']): void;
  settled(): Promise<void>;
  request(method: string, path: string, body?: Json, headers?: Record<string, string>): Promise<any>;
  close(): void;
}

export function connect(options?: ConnectOptions): Lanyard;
export function signIn(options: SignInOptions & { url?: string }): Promise<{ token: string; expires: string | null }>;
export function parse(text: string, numbers?: 'text'): any;
export function stringify(value: Json): string;

export class LanyardError extends Error {
  constructor(code: string, message?: string, details?: { hint?: string; status?: number });
  readonly code: string;
  readonly hint: string;
  readonly status: number;
}

export class Decimal {
  constructor(value: string | number | bigint | Decimal);
  plus(other: string | number | bigint | Decimal): Decimal;
  minus(other: string | number | bigint | Decimal): Decimal;
  times(other: string | number | bigint | Decimal): Decimal;
  compare(other: string | number | bigint | Decimal): -1 | 0 | 1;
  equals(other: string | number | bigint | Decimal): boolean;
  toString(): string;
  valueOf(): number;
}

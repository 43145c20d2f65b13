// What the documents' JavaScript takes for granted: names of its reader's own program, with their types (snippets.test.mjs).
type Any = any;
type FromNode = typeof import("venuekey/connections");

declare const connections: import("venuekey/connections").Connections;
declare const connectionsOf: (env: unknown) => import("venuekey/connections").Connections;
declare const client: InstanceType<FromNode["Client"]>;
declare const clients: Record<string, InstanceType<FromNode["Client"]>>;
declare const clientsOf: (env: unknown) => Record<string, InstanceType<FromNode["Client"]>>;
declare const store: import("venuekey/stores").Store;
declare const keys: InstanceType<FromNode["SealingKeys"]>;
declare const keysOf: (env: unknown) => InstanceType<FromNode["SealingKeys"]>;
declare const account: Awaited<ReturnType<import("venuekey/connections").Connections["account"]>>;
declare const tokens: import("venuekey/parts").Tokens;
declare let handler: ((request: Request, context?: Any) => Promise<Response>) | undefined;

declare const id: string;
declare const owner: string & ((...request: Any[]) => string);
declare const label: string;
declare const uid: string;
declare const apiKey: string;
declare const apiSecret: string;
declare const newKey: Uint8Array;
declare const oldKey: Uint8Array;
declare const csrf: string;
declare const signal: AbortSignal;
declare const request: Request;
declare const userOf: (cookie?: string | readonly string[] | null) => string | undefined;
declare const Connections: FromNode["Connections"];
declare const SealingKeys: FromNode["SealingKeys"];
declare const webHandler: typeof import("venuekey/web").webHandler;

declare const app: Any;
declare const error: Any;
declare const backend: Any;
declare const button: Any;
declare const db: Any;
declare const myBackend: Any;
declare const server: import("node:http").Server;
declare const newEmptyDatabase: () => Promise<string>;
declare const dropDatabase: (place: string) => Promise<void>;
declare class MyStore {
  constructor(place: string);
}
interface Env {}

declare module "cloudflare:workers" {
  export class DurableObject<E> {
    ctx: { storage: Any };
    env: E;
  }
}
declare module "next/headers" {
  export const cookies: () => Promise<{ get(name: string): { value: string } | undefined }>;
}
declare module "@opentelemetry/api" {
  export const trace: Any;
}

// The drivers, as far as the stores use them. They are optional, and users' own types of them are their own.
declare module "better-sqlite3" {
  const Database: new (path: string) => import("./sqlite-driver.js").SQLiteDatabase;
  export default Database;
}

declare module "node:sqlite" {
  export const DatabaseSync: new (path: string) => import("./sqlite-driver.js").SQLiteDatabase;
}

declare module "pg" {
  export interface Client {
    connect(): Promise<unknown>;
    query(query: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
    on(event: "notification" | "error" | "end", listener: () => void): this;
    end(): Promise<void>;
    unref(): void;
  }
  export interface PoolClient extends Client {
    release(destroy?: boolean): void;
  }
  export interface Pool {
    connect(): Promise<PoolClient>;
    query: Client["query"];
    on(event: "error", listener: () => void): this;
    on(event: "connect", listener: (client: PoolClient) => void): this;
    end(): Promise<void>;
  }
  const pg: { readonly Client: new (config: object) => Client; readonly Pool: new (config: object) => Pool };
  export default pg;
}

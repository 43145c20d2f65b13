// The style sheet and the script, each with an address that changes with its bytes.
import { SCRIPT, STYLE } from "./assets.js";

export interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly version: string;
}

export class Assets {
  readonly #texts: ReadonlyMap<string, readonly [type: string, text: string]>;
  #made: Promise<ReadonlyMap<string, Asset>> | undefined;

  constructor(stylesheet: string, replaces: boolean) {
    this.#texts = new Map([
      ["style.css", ["text/css", (replaces ? "" : STYLE) + stylesheet]],
      ["page.js", ["text/javascript", SCRIPT]],
    ]);
  }

  has(name: string): boolean {
    return this.#texts.has(name);
  }

  /** Not before somebody asks: Cloudflare permits no sooner what takes time. */
  all(): Promise<ReadonlyMap<string, Asset>> {
    return (this.#made ??= this.#make());
  }

  async #make(): Promise<ReadonlyMap<string, Asset>> {
    const made = Array.from(this.#texts, async ([name, [type, text]]): Promise<[string, Asset]> => {
      const body = new TextEncoder().encode(text);
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body)).subarray(0, 8);
      return [name, { type, body, version: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("") }];
    });
    return new Map(await Promise.all(made));
  }
}

/** Where a page finds one. */
export function assetUrl(mount: string, name: string, assets: ReadonlyMap<string, Asset>): string {
  return `${mount}/assets/${name}?v=${assets.get(name)!.version}`;
}

/// <reference lib="esnext.disposable" preserve="true" />
import { random } from "./platform.js";
import { isPlain, received } from "./received.js";
import { camelCase } from "./spelling.js";
import * as wasm from "./wasm.js";

/** What the compiled half hands out. `__wbg_ptr` is 0 once it has been freed. */
interface Handle {
  readonly __wbg_ptr: number;
  free(): void;
  toString(): string;
  expose?(): string;
  snapshot?(): Handle;
}

const handles = new WeakMap<object, Handle>();

/** A value that the compiled half keeps, so that no console, JSON text or structured clone shows what is in it. */
export interface Opaque {
  /** Wipes what it holds now, rather than when it is collected. Using it afterwards throws. */
  [Symbol.dispose](): void;
  /**
   * What `deepEqual`, `toEqual` and the like tell two values apart by, since they see nothing else of them. A secret, a
   * snapshot, a hand-off and a flow are alike where they hold the same, anything else is alike to itself only. It is a
   * keyed hash whose key is random in each process and not shown.
   */
  readonly [Symbol.toStringTag]: string;
}

export abstract class Opaque {
  /** @internal */
  protected constructor(handle?: unknown) {
    if (handle !== undefined) handles.set(this, handle as Handle);
  }

  /** A description without anything secret in it. */
  toString(): string {
    const handle = handles.get(this);
    return handle !== undefined && handle.__wbg_ptr !== 0 ? handle.toString() : `${this.constructor.name}(disposed)`;
  }

  /** The same: what is secret is never in JSON. */
  toJSON(): string {
    return this.toString();
  }
}

function define(name: PropertyKey, value: unknown): void {
  Object.defineProperty(Opaque.prototype, name, { value, enumerable: false, configurable: true, writable: true });
}

define(Symbol.for("nodejs.util.inspect.custom"), Opaque.prototype.toString);
// Where the platform does not know it yet, what is left behind is wiped when it is collected.
if (Symbol.dispose) {
  define(Symbol.dispose, function (this: Opaque) {
    const handle = handles.get(this);
    if (handle !== undefined && handle.__wbg_ptr !== 0) handle.free();
  });
}

Object.defineProperty(Opaque.prototype, Symbol.toStringTag, {
  get(this: Opaque) {
    return `${this.constructor.name} ${likeness(this)}`;
  },
  configurable: true,
});

let key: Uint8Array | undefined;
let counted = 0;
const numbers = new WeakMap<object, number>();

function likeness(value: Opaque): string {
  const handle = handles.get(value);
  if (handle === undefined || handle.__wbg_ptr === 0) return "(disposed)";
  const snapshot = handle.snapshot?.();
  const text = (snapshot ?? handle).expose?.();
  snapshot?.free();
  if (text === undefined) {
    if (!numbers.has(handle)) numbers.set(handle, (counted += 1));
    return String(numbers.get(handle));
  }
  key ??= random(new Uint8Array(32));
  return sha256(`${key}:${text}`).slice(0, 16);
}

/** @internal The hash of a secret, in base64url; its copy is wiped here, and not when it is collected. */
export function sha256(text: string): string {
  const copy = new wasm.Secret(text);
  try {
    return wasm.code_challenge_s256(copy);
  } finally {
    copy.free();
  }
}

/** The public class for each of the compiled half's. */
const classes = new Map<unknown, { readonly prototype: Opaque }>();

type Camel<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name;
type Fields<T> = { [Name in keyof T]: T[Name] extends (...given: never[]) => unknown ? never : Name }[keyof T & string];
/** Whether a class declares what its handle has, no more and no less. */
type Declares<T, H> = [Camel<Fields<H>>, Fields<T>] extends [Fields<T>, Camel<Fields<H>>] ? unknown : never;

/**
 * Makes a class the public one for handles of the other, and gives it what it declares: the handle's getters. `_reached`
 * are the classes that one comes by through it: a bundler leaves out what nobody names.
 */
export function publish<T extends Opaque, H>(
  type: { readonly prototype: T },
  handle: { readonly prototype: H } & Declares<T, H>,
  ..._reached: readonly { readonly prototype: Opaque }[]
): void {
  classes.set(handle, type);
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(handle.prototype))) {
    if (get === undefined) continue;
    Object.defineProperty(type.prototype, camelCase(name), {
      get(this: Opaque) {
        return shown(get.call(own(this)));
      },
      configurable: true,
    });
  }
}

/** What the compiled half made, with public objects in the place of its handles and JavaScript's names in its records. */
export function shown<T>(made: unknown): T;
export function shown(made: unknown): unknown {
  if (typeof made !== "object" || made === null) return made;
  if (Array.isArray(made)) return made.map(shown);
  const type = classes.get(made.constructor);
  if (type !== undefined) return wrap(type, made);
  // Whoever can come by one names its class, by `publish` or by `wrap`.
  if ("__wbg_ptr" in made) throw new Error("venuekey: this handle has no class here");
  // Bytes, or an error.
  if (!isPlain(made)) return made;
  return Object.freeze(Object.fromEntries(Object.entries(made).map(([name, value]) => [camelCase(name), shown(value)])));
}

/** The public object for a handle. */
export function wrap<T extends Opaque>(type: { readonly prototype: T }, handle: unknown): T {
  const value = Object.create(type.prototype) as T;
  handles.set(value, handle as Handle);
  return value;
}

/** The handle of an argument; anything else than an object of the class is refused. */
export function unwrap<H>(value: Opaque, type: { readonly name: string; readonly prototype: Opaque }): H {
  const handle = typeof value === "object" && value !== null ? handles.get(value) : undefined;
  if (handle === undefined || !Object.prototype.isPrototypeOf.call(type.prototype, value)) {
    throw wasm.invalid_argument(`expected an object of the class ${type.name}; ${received(value)}`);
  }
  return alive(handle, type.name) as H;
}

/** The handle of `this`, which only the package itself can have made. */
export function own<H>(value: Opaque): H {
  const handle = handles.get(value);
  if (handle === undefined) throw wasm.invalid_argument(`this must be an object that the package has made; ${received(value)}`);
  return alive(handle, value.constructor.name) as H;
}

function alive(handle: Handle, name: string): Handle {
  if (handle.__wbg_ptr === 0) throw wasm.invalid_argument(`this ${name} has been disposed of`);
  return handle;
}

// The processes of the conformance suite, as their parent sees them.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { ConnectionRow } from "./row.js";

export type Job =
  | { readonly name: "open"; readonly row: ConnectionRow }
  | { readonly name: "increment"; readonly id: string; readonly times: number }
  | { readonly name: "race"; readonly rows: readonly ConnectionRow[]; readonly holder: string }
  | { readonly name: "bump"; readonly counter: string; readonly floor: number; readonly by: number; readonly times: number }
  | { readonly name: "save-until-killed"; readonly row: ConnectionRow }
  | { readonly name: "save-until-told"; readonly row: ConnectionRow };

export type ToChild = "go" | "stop";
export type ToParent =
  | { readonly ready: true }
  | { readonly done: unknown }
  | { readonly saved: number; readonly bumped: number };

const PROGRAM = new URL("./conformance-child.js", import.meta.url);

/** One process, with the store at that place open. */
class Process {
  readonly #child: ChildProcess;
  readonly #heard: ToParent[] = [];
  #isGone = false;
  #wake = (): void => {};

  constructor(subject: string, place: string, job: Job) {
    this.#child = fork(PROGRAM, [subject, place, JSON.stringify(job)]);
    this.#child.on("message", (message: ToParent) => {
      this.#heard.push(message);
      this.#wake();
    });
    this.#child.on("disconnect", () => {
      this.#isGone = true;
      this.#wake();
    });
  }

  async next(): Promise<ToParent> {
    for (;;) {
      const message = this.#heard.shift();
      if (message !== undefined) return message;
      if (this.#isGone) throw new Error("a process of the suite has ended early; it has said why");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async done(): Promise<unknown> {
    const message = await this.next();
    if ("done" in message) return message.done;
    throw new Error("the process was to be done");
  }

  tell(message: ToChild): void {
    this.#child.send(message);
  }

  /** Ends it as a power cut would: nothing more of it runs. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

export type { Process };

/** One process for each job, which begin at the same time. */
export async function withProcesses<T>(
  subject: string,
  place: string,
  jobs: readonly Job[],
  unit: (processes: readonly Process[]) => Promise<T>,
): Promise<T> {
  const processes = jobs.map((job) => new Process(subject, place, job));
  try {
    for (const process of processes) await process.next();
    for (const process of processes) process.tell("go");
    return await unit(processes);
  } finally {
    await Promise.all(processes.map((process) => process.kill()));
  }
}

/** What each job has come to. */
export function results(subject: string, place: string, jobs: readonly Job[]): Promise<unknown[]> {
  return withProcesses(subject, place, jobs, (processes) => Promise.all(processes.map((process) => process.done())));
}

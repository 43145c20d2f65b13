// The person at this desk: what they are told, what they are asked, and their browser.
import { spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";

/** Nobody is there to answer. */
export class NobodyAnswers extends Error {}

/** On standard error: what a program reads goes to standard output. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

let lines: AsyncIterator<string> | undefined;
let terminal: Interface | undefined;
/** The line that is waited for. A question that is left open has begun to, and the next one is answered by that line. */
let line: Promise<IteratorResult<string>> | undefined;

/** @throws NobodyAnswers standard input has ended. */
export async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  terminal ??= createInterface({ input: process.stdin });
  lines ??= terminal[Symbol.asyncIterator]();
  const mine = (line ??= lines.next());
  const { value, done } = await mine;
  if (line === mine) line = undefined;
  if (done === true) throw new NobodyAnswers();
  return (value as string).trim();
}

/** So that the process can end. */
export function askNoMore(): void {
  terminal?.close();
  process.stdin.unref?.();
  [line, lines, terminal] = [undefined, undefined, undefined];
}

/** Whether a browser was started. `BROWSER` names another one, as elsewhere on Unix. */
export async function openBrowser(url: string): Promise<boolean> {
  const own = process.env["BROWSER"];
  const [command, ...options] = own ? [own] : opener();
  return new Promise((resolve) => {
    // The address is one argument, and no shell reads it.
    const child = spawn(command!, [...options, url], { detached: true, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}

function opener(): string[] {
  if (process.platform === "darwin") return ["open"];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return ["xdg-open"];
}

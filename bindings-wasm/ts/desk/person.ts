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

/** @throws NobodyAnswers standard input has ended. */
export async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  terminal ??= createInterface({ input: process.stdin });
  lines ??= terminal[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done === true) throw new NobodyAnswers();
  return (value as string).trim();
}

/** So that the process can end. */
export function askNoMore(): void {
  terminal?.close();
  process.stdin.unref?.();
  [lines, terminal] = [undefined, undefined];
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

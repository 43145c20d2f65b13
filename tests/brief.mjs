// For `node --test --test-reporter`: what failed, what was printed, and in the end one line of counts.
import { inspect } from "node:util";

const COUNTS = { pass: "passed", fail: "failed", cancelled: "cancelled", skipped: "skipped", todo: "to do" };

export default async function* brief(events) {
  const counts = {};
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    // A suite fails with its tests, which have said so.
    if (type === "test:fail" && data.details.error?.failureType !== "subtestsFailed") {
      yield `\nfailed: ${data.name} (${data.file ?? "?"}:${data.line ?? "?"})\n${inspect(data.details.error?.cause ?? data.details.error)}\n`;
    }
    const [, what, count] = (type === "test:diagnostic" && data.nesting === 0 && data.message.match(/^([a-z]+) (\d+)$/)) || [];
    if (what in COUNTS) counts[what] = (counts[what] ?? 0) + Number(count);
  }
  const said = Object.entries(counts).filter(([what, count]) => count > 0 || what === "pass" || what === "fail");
  yield `${said.map(([what, count]) => `${count} ${COUNTS[what]}`).join(", ")}\n`;
}

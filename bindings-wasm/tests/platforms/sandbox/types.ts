import { start, type Sandbox } from "venuekey-sandbox";
import { useSandbox } from "venuekey-sandbox/jest";
import { test } from "venuekey-sandbox/vitest";

test("vitest", async ({ sandbox }) => {
  const url: string = await sandbox.approve(sandbox.baseUrl("bybit"));
  const declined: string | null = await sandbox.decline(url, { user: 2 });
  void declined;
});
const lax = test.extend({ allowViolations: true, sandboxOptions: ["--seed=7"] });
lax("jest", async () => {
  const sandbox: Sandbox = useSandbox({ options: ["--seed=7"] });
  const running = await start({ program: "venuekey-sandbox" });
  await running.fault("token", "reply", { status: 429, afterEffect: true });
  // @ts-expect-error: there is no such venue
  sandbox.baseUrl("kraken");
  await running.stop();
});

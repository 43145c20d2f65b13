// examples/browser-app as its developers see it: sound sources, and Vite's development server.
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { APP, ask, serveSources, WAYS } from "./support/app.mjs";
import { useBackend } from "./support/backend.mjs";
import { inState } from "./support/person.mjs";
import { approve } from "./support/stage.mjs";

const house = useBackend({ serveApp: serveSources });

test("the sources satisfy the strict compiler", () => {
  execFileSync("node_modules/.bin/tsc", { cwd: APP, stdio: "inherit" });
});

for (const way of [WAYS[0], WAYS.at(-1)]) {
  test(`${way.name}: connected through the development server`, () =>
    house.person(async (person) => {
      const page = await person.open();
      await inState(page, way.venue, "none");
      await approve(await ask(page, way));
      await person.connected(page, way.venue);
      await person.assertStoredKeyIsRight(way.venue);
    }));
}

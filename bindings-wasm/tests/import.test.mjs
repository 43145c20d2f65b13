import { test } from "node:test";
import * as venuekey from "venuekey";
import { defaults, refusals, replay } from "./scripted_flow.cjs";

test("import: runs from begin to done, and writes what core writes", () => replay(venuekey, "import"));
test("import: fills in entropy and the clock; a failure is a value that can be thrown", () => defaults(venuekey));
test("import: refuses what core's types can't express, as misuse", () => refusals(venuekey));

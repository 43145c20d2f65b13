import { randomUUID } from "node:crypto";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { user } from "../../user";

export async function GET(): Promise<never> {
  const secure = process.env.HOME_URL?.startsWith("https:") === true;
  (await cookies()).set("user", (await user()) ?? randomUUID(), { httpOnly: true, sameSite: "lax", secure });
  redirect("/connections");
}

import { cookies } from "next/headers";

/** Who is logged in: here whoever has been at /login. */
export const user = async () => (await cookies()).get("user")?.value;

/** With the first request, since `next build` has no secrets. */
export const connections = async () => (await import("./connections.js")).connections;

import { nextRoutes } from "venuekey/web/next";
import { connections, user } from "../../../user";

export const { GET, POST } = nextRoutes({ connections, owner: user, loginUrl: "/login" });

export const VENUES = ["whitebit", "bybit"] as const;
export type Venue = (typeof VENUES)[number];
export const TITLE: Record<Venue, string> = { whitebit: "WhiteBIT", bybit: "Bybit" };

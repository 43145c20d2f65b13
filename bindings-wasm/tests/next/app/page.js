"use client";
import { useEffect } from "react";
import * as venuekey from "venuekey";
import { begin } from "./begin.js";

export default function Page() {
  useEffect(() => {
    venuekey.init().then(() => (globalThis.result = begin(venuekey)), (error) => (globalThis.result = String(error)));
  }, []);
  return <p>Connect</p>;
}

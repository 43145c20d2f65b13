// Starts the backend: node main.js --sandbox http://127.0.0.1:8700
import { main } from "./server.js";

await main();

// JSON as it is written: to parse it and write it anew would round numbers, reorder names and drop those that are there twice.
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Its tokens; nothing if it is not JSON. */
function tokens(text: string): readonly string[] | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.match(TOKENS) ?? [];
}

/** On one line. What is not JSON, core says. */
export function compact(text: string | undefined): string | undefined {
  if (!text) return undefined;
  return tokens(text)?.join("") ?? text;
}

/** For a person, one value on a line. */
export function indented(text: string): string {
  const all = tokens(text);
  if (all === undefined) return text;
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const written = (token: string, at: number): string => {
    switch (token) {
      case "{":
      case "[":
        depth += 1;
        return ["}", "]"].includes(all[at + 1]!) ? token : token + line();
      case "}":
      case "]":
        depth -= 1;
        return ["{", "["].includes(all[at - 1]!) ? token : line() + token;
      case ",":
        return token + line();
      case ":":
        return `${token} `;
      default:
        return token;
    }
  };
  return all.map(written).join("");
}

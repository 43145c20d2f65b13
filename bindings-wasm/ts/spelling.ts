/** Core's `snake_case` as JavaScript's name. */
export function camelCase(name: string): string {
  return name.replace(/_[a-z]/g, (start) => start[1]!.toUpperCase());
}

/** JavaScript's name as core's `snake_case`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

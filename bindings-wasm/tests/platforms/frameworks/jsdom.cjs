// What a page's own tests do, run by Jest with `require` and by Vitest with `import`: the browser's build, in Node, with
// jsdom for a page. See ../frameworks.test.mjs.
module.exports = function tests(test, expect, { init, Client, Secret }) {
  test("a page begins and is called back", async () => {
    await init();
    expect(document.body).toBeDefined();
    const redirectUri = "https://partner.example/callback";
    const client = new Client({ venue: "whitebit", environment: "global", clientId: "app-1", redirectUri });
    const { authorizeUrl, pending } = client.begin("api_key", { entropy: new Uint8Array(64).fill(1) });
    const state = new URL(authorizeUrl.expose()).searchParams.get("state");
    const step = pending.receiveCallback(`/callback?code=one-time&state=${state}`);
    expect(step.next.resume().outcome.name).toBe("hand_off");
    expect(() => client.begin("api_key", { entropy: "short" })).toThrow("entropy must be a Uint8Array");
    expect(client.begin("api_key").pending.flowId).not.toBe(pending.flowId);
  });

  test("what holds a secret is unlike what holds another", () => {
    const [a, again, b] = ["a", "a", "b"].map((text) => new Secret(text));
    expect(a).toEqual(again);
    expect({ secret: a }).not.toEqual({ secret: b });
    expect(a).not.toStrictEqual(b);
  });
};

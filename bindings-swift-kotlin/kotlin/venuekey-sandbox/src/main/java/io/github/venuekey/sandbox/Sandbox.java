package io.github.venuekey.sandbox;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A running sandbox. Times are Unix milliseconds. */
public final class Sandbox implements AutoCloseable {
    private static final Map<String, List<String>> ENVIRONMENTS =
            Map.of("whitebit", List.of("global", "eu"), "bybit", List.of("mainnet", "testnet"));

    private final String url;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Program program;

    /** One that runs already, at the address that it printed as it started. */
    public Sandbox(String url) {
        this.url = url.replaceAll("/+$", "");
    }

    /**
     * Runs a sandbox on a free port of this machine, until {@link #close}. The program is the one that the system property
     * {@code venuekey.sandbox} or the variable VENUEKEY_SANDBOX names, or the first one on PATH.
     */
    public static Sandbox start(String... options) {
        Program program = Program.start(options);
        Sandbox sandbox = new Sandbox(program.url);
        sandbox.program = program;
        return sandbox;
    }

    /** Its address. */
    public String url() {
        return url;
    }

    /** The address of its page for people. */
    public String adminPage() {
        return url + "/_sandbox/";
    }

    /** What stands for the address of the exchange's first environment, authorize page and API alike. */
    public String baseUrl(String venue) {
        return baseUrl(venue, environments(venue).get(0));
    }

    /** The same of an environment: WhiteBIT's {@code global} or {@code eu}, Bybit's {@code mainnet} or {@code testnet}. */
    public String baseUrl(String venue, String environment) {
        List<String> known = environments(venue);
        if (!known.contains(environment)) {
            throw new IllegalArgumentException(venue + " has the environments " + String.join(", ", known));
        }
        return url + "/" + venue + "/" + environment;
    }

    private static List<String> environments(String venue) {
        List<String> known = ENVIRONMENTS.get(venue);
        if (known == null) throw new IllegalArgumentException("There is no venue " + venue + ".");
        return known;
    }

    /** What the sandbox's clock reads: the clock to give to the code under test. */
    public long nowMs() {
        return nowMs(ask("GET", "clock", null));
    }

    /** Stops the clock where it stands. */
    public long holdClock() {
        return nowMs(ask("POST", "clock", object("held", true)));
    }

    /** Stops the clock at this time. */
    public long holdClock(long nowMs) {
        JsonObject body = object("held", true);
        body.addProperty("now_ms", nowMs);
        return nowMs(ask("POST", "clock", body));
    }

    /** Moves the clock ahead, held or not, and returns what it reads then. */
    public long advanceClock(Duration by) {
        return nowMs(ask("POST", "clock/advance", object("ms", by.toMillis())));
    }

    /** Lets the clock run on from where it stands. */
    public long releaseClock() {
        return nowMs(ask("POST", "clock", object("held", false)));
    }

    private static long nowMs(JsonElement clock) {
        return clock.getAsJsonObject().get("now_ms").getAsLong();
    }

    /** All knobs, by exchange. */
    public JsonObject knobs() {
        return ask("GET", "knobs", null).getAsJsonObject();
    }

    /** Turns one knob: {@code knob("whitebit", "variant", "old")}. */
    public void knob(String venue, String name, Object value) {
        JsonObject patch = new JsonObject();
        patch.add(venue, object(name, value));
        ask("PATCH", "knobs", patch);
    }

    /** Queues a fault for the next request to an endpoint, such as {@code token} or {@code secret}, or {@code any}. */
    public void fault(String endpoint, String fault) {
        fault(endpoint, fault, Map.of());
    }

    /** The same with more: {@code count}, {@code venue}, {@code ms}, {@code status}, {@code after_effect}. */
    public void fault(String endpoint, String fault, Map<String, ?> more) {
        JsonObject order = object("endpoint", endpoint);
        order.addProperty("fault", fault);
        more.forEach((name, value) -> add(order, name, value));
        ask("POST", "faults", order);
    }

    /** Forgets the faults not yet spent. */
    public void clearFaults() {
        ask("DELETE", "faults", null);
    }

    /** What was sent to the exchanges, oldest first, browsers included, secrets masked. */
    public List<JsonObject> requests() {
        List<JsonObject> found = new ArrayList<>();
        boolean more = true;
        while (more) {
            long after = found.isEmpty() ? 0 : found.get(found.size() - 1).get("seq").getAsLong();
            JsonObject page = ask("GET", "requests?after=" + after, null).getAsJsonObject();
            page.getAsJsonArray("requests").forEach(request -> found.add(request.getAsJsonObject()));
            more = page.get("more").getAsBoolean();
        }
        return found;
    }

    /** Those to one endpoint. */
    public List<JsonObject> requests(String endpoint) {
        return requests().stream().filter(request -> request.get("endpoint").getAsString().equals(endpoint)).toList();
    }

    /** What was sent and no documentation covers, oldest first. */
    public List<JsonObject> violations() {
        JsonArray violations = ask("GET", "violations", null).getAsJsonObject().getAsJsonArray("violations");
        return violations.asList().stream().map(JsonElement::getAsJsonObject).toList();
    }

    /** Users, keys and tokens, secrets among them. */
    public JsonObject state() {
        return ask("GET", "state?values=true", null).getAsJsonObject();
    }

    /** Lets the user act outside the flow in the exchange's first environment, such as {@code delete_key}. */
    public JsonObject userAction(String venue, String action) {
        String place = baseUrl(venue).substring(url.length());
        return ask("POST", "user" + place + "/action", object("action", action)).getAsJsonObject();
    }

    /**
     * The user opens {@code authorizeUrl} and approves, with the permissions given, or those that the page ticks by itself.
     * Returns the callback's URL; nobody has opened it yet.
     */
    public String approve(String authorizeUrl, String... permissions) {
        JsonObject more = new JsonObject();
        if (permissions.length > 0) {
            JsonArray ticked = new JsonArray();
            for (String permission : permissions) ticked.add(permission);
            more.add("permissions", ticked);
        }
        return consent(authorizeUrl, "approve", more)
                .orElseThrow(() -> new ConsentRefused("The exchange sent the browser nowhere."));
    }

    /** The user declines. Returns the callback's URL, if the exchange sends one; by default it sends none. */
    public Optional<String> decline(String authorizeUrl) {
        return consent(authorizeUrl, "decline", new JsonObject());
    }

    /** The user closes the window. No callback ever comes. */
    public void closeWindow(String authorizeUrl) {
        consent(authorizeUrl, "close", new JsonObject());
    }

    /** {@code more}: {@code permissions}, {@code otp} and {@code user}, as the admin endpoint {@code consent} takes them. */
    public Optional<String> consent(String authorizeUrl, String decision, JsonObject more) {
        JsonObject answer = more.deepCopy();
        answer.addProperty("url", authorizeUrl);
        answer.addProperty("decision", decision);
        HttpResponse<String> reply = send("POST", "consent", answer);
        if (reply.statusCode() == 422) throw new ConsentRefused(error(reply));
        JsonElement redirect = taken(reply).getAsJsonObject().get("redirect_url");
        return redirect.isJsonNull() ? Optional.empty() : Optional.of(redirect.getAsString());
    }

    /** Starts over from the options it was started with: keys, tokens, knobs, faults, clock, records. */
    public void reset() {
        ask("POST", "reset", null);
    }

    /** Fails if anything was sent that no documentation covers. The text names fields, never values. */
    public void assertNoViolations() {
        List<JsonObject> violations = violations();
        if (violations.isEmpty()) return;
        StringBuilder text = new StringBuilder("The test sent what no documentation covers:");
        for (JsonObject v : violations) {
            text.append("\n  ").append(v.get("rule").getAsString()).append(' ').append(v.get("field").getAsString());
            text.append(": ").append(v.get("detail").getAsString());
            text.append(" (request ").append(v.get("seq")).append(": ").append(v.get("endpoint").getAsString()).append(')');
        }
        throw new AssertionError(text.toString());
    }

    /** Ends the program, if {@link #start} has started it. */
    @Override
    public void close() {
        if (program != null) program.close();
    }

    @Override
    public String toString() {
        return "Sandbox(" + url + ")";
    }

    private JsonElement ask(String method, String path, JsonObject body) {
        return taken(send(method, path, body));
    }

    private static JsonElement taken(HttpResponse<String> reply) {
        if (reply.statusCode() != 200) throw new SandboxException(error(reply));
        return JsonParser.parseString(reply.body());
    }

    private static String error(HttpResponse<String> reply) {
        return JsonParser.parseString(reply.body()).getAsJsonObject().get("error").getAsString();
    }

    private HttpResponse<String> send(String method, String path, JsonObject body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/_sandbox/" + path));
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.method(method, BodyPublishers.ofString(body.toString())).header("content-type", "application/json");
        }
        try {
            return http.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandboxException("interrupted");
        }
    }

    private static JsonObject object(String name, Object value) {
        JsonObject object = new JsonObject();
        add(object, name, value);
        return object;
    }

    private static void add(JsonObject object, String name, Object value) {
        if (value instanceof Number number) object.addProperty(name, number);
        else if (value instanceof Boolean yes) object.addProperty(name, yes);
        else if (value instanceof JsonElement element) object.add(name, element);
        else object.addProperty(name, value == null ? null : value.toString());
    }
}

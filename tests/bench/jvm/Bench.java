import io.github.venuekey.*;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * One operation, many times over, for ../bench.py: each line on standard input is `NAME COUNT`, and the answer is nanoseconds of
 * the processor for each time. The inputs are those of ../src/samples.rs.
 */
class Bench {
    static final long NOW_MS = 1_790_000_000_000L;
    static final String V4_ORDER =
        "{\"market\":\"BTC_USDT\",\"side\":\"buy\",\"amount\":\"0.015\",\"price\":\"63250.5\",\"clientOrderId\":\"order-000001\"}";
    static final String V5_ORDER =
        "{\"category\":\"spot\",\"symbol\":\"BTCUSDT\",\"side\":\"Buy\",\"orderType\":\"Limit\",\"qty\":\"0.015\",\"price\":\"63250.5\"}";
    static final String KEY = "b1f0c7a6d5e4938271605f4e3d2c1b0a";
    static final String SECRET = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0";
    static final String REDIRECT_URI = "https://partner.example/callback/whitebit";

    static long nonce = NOW_MS;

    public static void main(String[] arguments) throws Exception {
        var threads = ManagementFactory.getThreadMXBean();
        var ready = new HashMap<String, Runnable>();
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            var words = line.split(" ");
            var operation = ready.computeIfAbsent(words[0], name -> operations().get(name).get());
            int count = Integer.parseInt(words[1]);
            long began = threads.getCurrentThreadCpuTime();
            for (int turn = 0; turn < count; turn++) {
                operation.run();
            }
            System.out.println((double) (threads.getCurrentThreadCpuTime() - began) / count);
        }
    }

    static Map<String, Supplier<Runnable>> operations() {
        return Map.of(
            "begin", Bench::begin,
            "sign-whitebit", () -> sign(Venue.WHITEBIT, VenueEnvironment.GLOBAL, "/api/v4/order/new", V4_ORDER),
            "sign-bybit", () -> sign(Venue.BYBIT, VenueEnvironment.MAINNET, "/v5/order/create", V5_ORDER),
            "sign-whitebit.jdk", Bench::signWhitebitByHand,
            "sign-bybit.jdk", Bench::signBybitByHand);
    }

    static Runnable begin() {
        var config = new ClientConfig(
            Venue.WHITEBIT, VenueEnvironment.GLOBAL, "demo-whitebit", REDIRECT_URI, null, null, null, null, null, null, false);
        var client = Client.Companion.confidential(config, new Secret("demo-secret"));
        return () -> {
            var started = client.begin(Goal.API_KEY, null, null, null);
            started.getAuthorizeUrl().expose();
            started.destroy();
        };
    }

    static Runnable sign(Venue venue, VenueEnvironment environment, String path, String order) {
        var options = new SignerOptions(venue, environment, null, null, null, null, false, null, null, null);
        var signer = new Signer(options, new Secret(KEY), new Secret(SECRET));
        return () -> {
            try (var request = signer.sign(HttpMethod.POST, path, order, ++nonce)) {
                request.getUrl();
            }
        };
    }

    static byte[] mac(String algorithm, String text) {
        try {
            var mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), algorithm));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (java.security.GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    static Runnable signWhitebitByHand() {
        return () -> {
            var body = "{\"request\":\"/api/v4/order/new\",\"nonce\":" + ++nonce + "," + V4_ORDER.substring(1);
            var payload = Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8));
            HexFormat.of().formatHex(mac("HmacSHA512", payload));
        };
    }

    static Runnable signBybitByHand() {
        return () -> HexFormat.of().formatHex(mac("HmacSHA256", ++nonce + KEY + "5000" + V5_ORDER));
    }
}

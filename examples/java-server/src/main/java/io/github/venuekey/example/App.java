package io.github.venuekey.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.venuekey.*;
import io.github.venuekey.connections.*;
import io.github.venuekey.stores.*;
import java.io.IOException;
import java.net.*;
import java.util.*;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.postgresql.ds.PGSimpleDataSource;
import org.sqlite.SQLiteDataSource;

/** Its users connect WhiteBIT and Bybit accounts; the worker runs beside the web. */
public final class App {
    private static final Map<String, String> ENV = System.getenv();
    private static final Map<String, String> BALANCES = Map.of("whitebit", "/api/v4/trade-account/balance", "bybit", "/v5/user/query-api");

    private static Client client(Venue venue, VenueEnvironment environment) {
        String name = venue.name().toLowerCase(Locale.ROOT);
        // Leave both addresses out (null) to talk to the exchange itself.
        String sandbox = ENV.get("SANDBOX") + "/" + name + "/" + environment.name().toLowerCase(Locale.ROOT);
        ClientConfig config = new ClientConfig(
            venue, environment, "demo-" + name, ENV.get("HOME_URL") + "/callback/" + name, sandbox, sandbox, null, null, null, null, false);
        return Client.Companion.confidential(config, new Secret(ENV.get(venue.name() + "_SECRET")));
    }

    private static Store openStore(String url) {
        if (url.startsWith("jdbc:postgresql:")) {
            PGSimpleDataSource server = new PGSimpleDataSource();
            server.setURL(url);
            return new PostgresStore(server);
        }
        SQLiteDataSource file = new SQLiteDataSource();
        file.setUrl(url);
        return new SQLiteStore(file);
    }

    private static void handle(ConnectionsBlocking connections, HttpExchange exchange) throws IOException {
        String cookie = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("cookie"), "");
        // In your app: whoever is logged in.
        String user = cookie.contains("user=") ? cookie.replaceAll(".*user=([\\w-]+).*", "$1") : UUID.randomUUID().toString();
        exchange.getResponseHeaders().add("set-cookie", "user=" + user + "; Path=/; HttpOnly; SameSite=Lax");
        try {
            String text = answer(connections, exchange, user);
            exchange.sendResponseHeaders(exchange.getResponseHeaders().containsKey("location") ? 303 : 200, 0);
            exchange.getResponseBody().write(text.getBytes());
        } catch (StoreBusy | StoreError later) {
            exchange.sendResponseHeaders(503, -1);
        } catch (VenuekeyFailure | IllegalArgumentException | InterruptedException wrong) {
            exchange.sendResponseHeaders(exchange.getResponseHeaders().containsKey("location") ? 303 : 400, -1);
        } finally {
            exchange.close();
        }
    }

    private static String answer(ConnectionsBlocking connections, HttpExchange exchange, String user) throws InterruptedException {
        String[] path = (exchange.getRequestURI().getPath().substring(1) + "//").split("/", 3);
        String page = path[0], venue = path[1];
        if (page.equals("account")) return connections.account(user, Venue.valueOf(venue.toUpperCase(Locale.ROOT)))
            .call(venue.equals("bybit") ? HttpMethod.GET : HttpMethod.POST, BALANCES.get(venue)).getPayload();
        List<ConnectionView> all = connections.find(user);
        Optional<ConnectionView> waiting = all.stream().filter(each -> each.getClient().equals(venue) && each.getAuthorizeUrl() != null).findFirst();
        // Whatever comes of it: no code and no state stay in the browser's address.
        if (!page.isEmpty()) exchange.getResponseHeaders().set("location", "/");
        // Whoever sends HEAD only looks where a link leads.
        if (page.equals("callback") && waiting.isPresent() && exchange.getRequestMethod().equals("GET"))
            connections.receiveCallback(waiting.get().getId(), exchange.getRequestURI().toString(), user);
        // A second click continues the first one's connection.
        if (page.equals("connect")) exchange.getResponseHeaders().set("location",
            (waiting.isPresent() ? waiting.get() : connections.begin(venue, user, Goal.API_KEY)).getAuthorizeUrl().expose());
        return all.stream().map(each -> each.getClient() + ": " + each.getStatus() + "\n").collect(Collectors.joining());
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Client> clients = Map.of(
            "whitebit", client(Venue.WHITEBIT, VenueEnvironment.GLOBAL), "bybit", client(Venue.BYBIT, VenueEnvironment.MAINNET));
        SealingKeys keys = new SealingKeys(List.of(new SealingKey("2026-11", HexFormat.of().parseHex(ENV.get("SEALING_KEY")))));
        try (Store store = openStore(ENV.get("DATABASE_URL"))) {
            ConnectionsBlocking connections = new ConnectionsBlocking(new Connections(clients, store, keys));
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", URI.create(ENV.get("HOME_URL")).getPort()), 0);
            server.setExecutor(Executors.newCachedThreadPool());
            server.createContext("/", exchange -> handle(connections, exchange));
            server.start();
            connections.runUntilSignal(); // the worker, until SIGTERM or Ctrl-C
            server.stop(0);
        }
        System.exit(0); // the server's threads are nobody's now
    }
}

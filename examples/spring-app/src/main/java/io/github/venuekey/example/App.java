package io.github.venuekey.example;

import io.github.venuekey.*;
import io.github.venuekey.connections.*;
import io.github.venuekey.stores.SQLiteStore;
import io.github.venuekey.web.ConnectionsServlet;
import jakarta.servlet.http.*;
import java.util.*;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.context.HttpSessionSecurityContextRepository;
import org.springframework.web.bind.annotation.*;
import org.sqlite.SQLiteDataSource;

/** Its users connect WhiteBIT and Bybit accounts by the ready routes; the worker runs beside the web. */
@RestController
@SpringBootApplication
public class App {
    private final ObjectProvider<ConnectionsBlocking> blocking;

    App(ObjectProvider<ConnectionsBlocking> blocking) {
        this.blocking = blocking;
    }

    private static Client client(Venue venue, VenueEnvironment environment) {
        String name = venue.name().toLowerCase(Locale.ROOT), home = System.getenv("HOME_URL");
        // Leave both addresses out (null) to talk to the exchange itself.
        String sandbox = System.getenv("SANDBOX") + "/" + name + "/" + environment.name().toLowerCase(Locale.ROOT);
        ClientConfig config = new ClientConfig(
            venue, environment, "demo-" + name, home + "/connections/callback/" + name, sandbox, sandbox, null, null, null, null, false);
        return Client.Companion.confidential(config, new Secret(System.getenv(venue.name() + "_SECRET")));
    }

    @Bean(destroyMethod = "close")
    SQLiteStore store() {
        SQLiteDataSource file = new SQLiteDataSource();
        file.setUrl("jdbc:sqlite:" + System.getenv("DATABASE"));
        return new SQLiteStore(file);
    }

    @Bean
    Connections connections(SQLiteStore store) {
        Map<String, Client> clients = Map.of(
            "whitebit", client(Venue.WHITEBIT, VenueEnvironment.GLOBAL), "bybit", client(Venue.BYBIT, VenueEnvironment.MAINNET));
        SealingKeys keys = new SealingKeys(List.of(new SealingKey("2026-11", HexFormat.of().parseHex(System.getenv("SEALING_KEY")))));
        return new Connections(clients, store, keys);
    }

    @Bean
    ConnectionsBlocking blocking(Connections connections) {
        return new ConnectionsBlocking(connections);
    }

    @Bean(destroyMethod = "close")
    AutoCloseable worker(ConnectionsBlocking connections) {
        return connections.working();
    }

    @Bean
    ServletRegistrationBean<ConnectionsServlet> connectionsRoutes(Connections connections) {
        return new ServletRegistrationBean<>(new ConnectionsServlet(connections, request -> request.getRemoteUser()), "/connections/*");
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
        return http.csrf(csrf -> csrf.ignoringRequestMatchers("/connections/**")).build();
    }

    /** In your app: whatever logs your users in. */
    @GetMapping("/login")
    void login(HttpServletRequest request, HttpServletResponse response) throws Exception {
        String user = Objects.requireNonNullElseGet(request.getRemoteUser(), () -> UUID.randomUUID().toString());
        var context = new SecurityContextImpl(UsernamePasswordAuthenticationToken.authenticated(user, null, List.of()));
        new HttpSessionSecurityContextRepository().saveContext(context, request, response);
        response.sendRedirect("/connections/");
    }

    /** What the exchange says to a request that is signed with the user's key. */
    @GetMapping("/account/{venue}")
    String account(@PathVariable String venue, HttpServletRequest request) throws InterruptedException {
        AccountBlocking account = blocking.getObject().account(request.getRemoteUser(), Venue.valueOf(venue.toUpperCase(Locale.ROOT)));
        return venue.equals("bybit") ? account.call(HttpMethod.GET, "/v5/user/query-api").getPayload()
            : account.call(HttpMethod.POST, "/api/v4/trade-account/balance").getPayload();
    }

    public static void main(String[] arguments) {
        SpringApplication.run(App.class, arguments);
    }
}

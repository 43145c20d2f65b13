package io.github.venuekey.sandbox;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The program {@code venuekey-sandbox}: where it is, how it is started and stopped. It ends with this process's pipe too. */
final class Program implements AutoCloseable {
    private static final String LISTENS = " listening on ";

    final String url;
    private final Process process;

    private Program(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    static Program start(String... options) {
        List<String> command = new ArrayList<>(List.of(find(), "--port=0", "--exit-with-stdin"));
        command.addAll(List.of(options));
        try {
            Path said = Files.createTempFile("venuekey-sandbox", ".log");
            try {
                Process process = new ProcessBuilder(command).redirectError(said.toFile()).start();
                BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
                String line = out.readLine();
                if (line == null || !line.contains(LISTENS)) {
                    process.destroy();
                    ended(process);
                    throw new SandboxException(Files.readString(said).strip());
                }
                return new Program(process, line.substring(line.indexOf(LISTENS) + LISTENS.length()));
            } finally {
                // It stays open in the program for as long as that runs, and goes with it.
                Files.deleteIfExists(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The system property {@code venuekey.sandbox}, the variable VENUEKEY_SANDBOX, or the first one on PATH. */
    private static String find() {
        String given = System.getProperty("venuekey.sandbox", System.getenv("VENUEKEY_SANDBOX"));
        if (given != null && !given.isEmpty()) return given;
        String name = System.getProperty("os.name").startsWith("Windows") ? "venuekey-sandbox.exe" : "venuekey-sandbox";
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            Path path = Path.of(folder, name);
            if (Files.isExecutable(path)) return path.toString();
        }
        throw new SandboxException("There is no " + name + " on PATH: `pip install venuekey-sandbox` brings it, and "
                + "VENUEKEY_SANDBOX or -Dvenuekey.sandbox can name its path.");
    }

    private static void ended(Process process) {
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        process.destroy();
        ended(process);
    }
}

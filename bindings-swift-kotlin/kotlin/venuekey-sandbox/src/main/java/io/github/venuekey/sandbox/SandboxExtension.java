package io.github.venuekey.sandbox;

import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** What {@link UseSandbox} does. */
public final class SandboxExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(SandboxExtension.class);

    /** Of a class and those nested in it. */
    private record Shared(ExtensionContext owner, Sandbox sandbox, boolean allowsViolations) {}

    @Override
    public void beforeAll(ExtensionContext context) {
        if (shared(context) != null) return;
        Optional<UseSandbox> use = Optional.ofNullable(context.getRequiredTestClass().getAnnotation(UseSandbox.class));
        Sandbox sandbox = Sandbox.start(use.map(UseSandbox::options).orElseGet(() -> new String[0]));
        boolean allows = use.map(UseSandbox::allowViolations).orElse(false);
        context.getStore(NAMESPACE).put(Shared.class, new Shared(context, sandbox, allows));
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        shared(context).sandbox().reset();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Shared shared = shared(context);
        if (!shared.allowsViolations()) shared.sandbox().assertNoViolations();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Shared shared = shared(context);
        if (shared.owner() == context) shared.sandbox().close();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Sandbox.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return shared(context).sandbox();
    }

    private static Shared shared(ExtensionContext context) {
        return context.getStore(NAMESPACE).get(Shared.class, Shared.class);
    }
}

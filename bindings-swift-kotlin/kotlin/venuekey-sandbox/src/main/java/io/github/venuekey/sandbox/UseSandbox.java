package io.github.venuekey.sandbox;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a class a {@link Sandbox} as a parameter: one program for the class, fresh in each test. A test fails as
 * it ends if it has sent anything that no documentation covers.
 *
 * <p>The tests of one class share it, so they must not run in parallel; classes may.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(SandboxExtension.class)
public @interface UseSandbox {
    /** Options of the command line, such as {@code "--seed=7"}; {@code venuekey-sandbox --help} lists them. */
    String[] options() default {};

    /** Whether the tests may send what no documentation covers. */
    boolean allowViolations() default false;
}

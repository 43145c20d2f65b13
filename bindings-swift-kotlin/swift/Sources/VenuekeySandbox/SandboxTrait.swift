#if os(macOS) || os(Linux)
import Foundation
#if compiler(>=6.1)
import Testing
#else
@_spi(Experimental) import Testing
#endif

/// Gives each test a sandbox of its own, `Sandbox.current`. A test fails as it ends if it has sent anything that no
/// documentation covers.
///
///     @Test(.sandbox) func connects() async throws {
///         let sandbox = try Sandbox.current
public struct SandboxTrait: TestTrait, SuiteTrait {
    let options: [String]
    let allowViolations: Bool

    public var isRecursive: Bool { true }

    func run(_ function: () async throws -> Void) async throws {
        let program = try Program.start(options)
        defer { program.stop() }
        let sandbox = Sandbox(url: program.url)
        try await Sandbox.$running.withValue(sandbox) { try await function() }
        if allowViolations { return }
        for violation in try await sandbox.violations() {
            let place = "request \(violation.seq): \(violation.endpoint)"
            Issue.record("No documentation covers \(violation.rule) \(violation.field): \(violation.detail) (\(place))")
        }
    }
}

#if compiler(>=6.1)
extension SandboxTrait: TestScoping {
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        if testCase == nil { try await function() } else { try await run(function) }
    }
}
#else
@_spi(Experimental) extension SandboxTrait: CustomExecutionTrait {
    public func execute(
        _ function: @escaping @Sendable () async throws -> Void, for test: Test, testCase: Test.Case?
    ) async throws {
        if testCase == nil { try await function() } else { try await run(function) }
    }
}
#endif

extension Trait where Self == SandboxTrait {
    /// A sandbox for each test.
    public static var sandbox: SandboxTrait {
        .sandbox()
    }

    /// The same with options of the command line, such as `--seed=7`.
    ///
    /// - Parameter allowViolations: whether the test may send what no documentation covers
    public static func sandbox(_ options: String..., allowViolations: Bool = false) -> SandboxTrait {
        SandboxTrait(options: options, allowViolations: allowViolations)
    }
}

extension Sandbox {
    @TaskLocal static var running: Sandbox?

    /// The sandbox of the running test, which has the trait `.sandbox`, or its suite does.
    public static var current: Sandbox {
        get throws {
            guard let running else { throw SandboxError(description: "This test has no trait .sandbox.") }
            return running
        }
    }
}
#endif

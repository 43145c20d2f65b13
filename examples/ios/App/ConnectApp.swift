import ConnectCore
import SwiftUI
import Venuekey

@main
struct ConnectApp: App {
    private let secrets = KeychainSecrets(service: "example.partner.connect")
    private let publicUrl = URL(string: "https://partner.example")!

    var body: some Scene {
        WindowGroup {
            List {
                ForEach(Exchange.allCases, id: \.self) { exchange in
                    ConnectRow(
                        name: exchange.rawValue,
                        model: ConnectModel(
                            exchange, backend: Backend(publicUrl: publicUrl, secrets: secrets), browser: AuthenticationSession(),
                            secrets: secrets))
                }
                AgentRow()
            }
        }
    }
}

struct ConnectRow: View {
    let name: String
    @State var model: ConnectModel
    @State private var isOffline = false

    var body: some View {
        VStack(alignment: .leading) {
            Text(name).font(.headline)
            Text(isOffline ? "No connection to our servers." : model.standing?.text ?? "")
            if let refusal = model.refusal { Text("Not done: \(refusal.code)").foregroundStyle(.red) }
            HStack {
                Button("Connect") { run(model.connect) }
                Button("Disconnect", role: .destructive) { run(model.forget) }
            }
            .buttonStyle(.bordered)
            .disabled(model.isWorking)
        }
        .task { run(model.appear) }
    }

    private func run(_ action: @escaping @MainActor () async throws -> Void) {
        Task {
            isOffline = false
            do { try await action() } catch { isOffline = true }
        }
    }
}

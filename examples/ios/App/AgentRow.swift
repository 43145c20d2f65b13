import ConnectCore
import SwiftUI
import Venuekey

/// Bybit's AI agent, whose key stays on this device, in its keychain.
struct AgentRow: View {
    @State private var model: AgentModel?
    @State private var code = ""
    @Environment(\.openURL) private var openUrl

    var body: some View {
        VStack(alignment: .leading) {
            Text("Bybit AI agent").font(.headline)
            if let model { content(model) }
        }
        .task {
            let store = KeychainStore(service: "example.partner.agent")
            guard let keys = try? await store.sealingKeys(), let opened = try? AgentModel(store: store, keys: keys) else { return }
            model = opened
            try? await opened.follow()
        }
    }

    @ViewBuilder private func content(_ model: AgentModel) -> some View {
        if let refusal = model.refusal { Text("Not done: \(refusal.code)").foregroundStyle(.red) }
        if let page = model.view?.authorizeUrl {
            // Exposed to be opened.
            Button("Open Bybit") { URL(string: page.expose()).map { openUrl($0) } }
            TextField("The code from the page", text: $code)
            Button("Done") { run { try await model.press { try await $0.receivePastedCode(code) } } }
        } else if let choices = model.view?.choices {
            ForEach(choices.subaccounts, id: \.id) { account in
                Button(account.nickname ?? account.id) { run { try await model.press { try await $0.choose(account.id) } } }
            }
        } else if model.view?.status == .connected {
            Button("Disconnect", role: .destructive) { run { try await model.press { try await $0.disconnect() } } }
        } else {
            Button("Connect") { run { try await model.press { try await $0.connect() } } }
        }
    }

    private func run(_ action: @escaping @MainActor () async throws -> Void) {
        Task { try? await action() }
    }
}

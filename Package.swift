// swift-tools-version: 6.2
import PackageDescription

/// Every target is held to the same rules; warnings are errors.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),  // `public import` shows each leak in review
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let jwtKit: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let swiftASN1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")

let package = Package(
    name: "tiebeam",
    products: [
        .executable(name: "tiebeam", targets: ["NodeCLI"]),
        .executable(name: "graphql-harness", targets: ["GraphQLHarness"]),
        .executable(name: "simulate", targets: ["Simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        // Pure: values and rules without I/O.
        .target(name: "ObjectModel", dependencies: [crypto], swiftSettings: strict),
        .target(name: "SyncProtocol", dependencies: ["ObjectModel"], swiftSettings: strict),
        .target(name: "GraphQL", swiftSettings: strict),

        // System libraries.
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "Compression", dependencies: ["CZstd", "CZlib"], swiftSettings: strict),

        // Storage: what the node keeps, and who keeps it.
        .target(name: "Storage", dependencies: ["ObjectModel"], swiftSettings: strict),
        .target(
            name: "ObjectStorage", dependencies: ["ObjectModel", "Storage", "Compression", crypto],
            swiftSettings: strict),
        .target(
            name: "StorageSQLite", dependencies: ["ObjectModel", "Storage", "Compression", grdb],
            swiftSettings: strict),

        // Sync: sockets around the pure protocol, and who talks when.
        .target(
            name: "SyncTransport",
            dependencies: [
                "ObjectModel", "SyncProtocol", logging, nioCore, nioPosix, nioSSL, crypto,
                cryptoExtras, x509, swiftASN1,
            ],
            swiftSettings: strict),
        .target(
            name: "Replicator",
            dependencies: ["ObjectModel", "SyncProtocol", "SyncTransport", "Storage", logging, serviceLifecycle],
            swiftSettings: strict),

        // Signing in with an account that people have elsewhere.
        .target(
            name: "OpenIDConnect",
            dependencies: [asyncHTTPClient, crypto, jwtKit, nioCore, nioHTTP1, serviceLifecycle],
            swiftSettings: strict),

        // What tells other servers what happens.
        .target(
            name: "Webhooks",
            dependencies: [
                "ObjectModel", "Storage", asyncHTTPClient, crypto, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
                serviceLifecycle,
            ],
            swiftSettings: strict),

        // What brings mails to people.
        .target(
            name: "SMTP", dependencies: ["CCurl", "ObjectModel", "Storage", logging, serviceLifecycle],
            swiftSettings: strict),

        // The node that Speckle clients talk to.
        .target(
            name: "Node",
            dependencies: [
                "ObjectModel", "Storage", "GraphQL", "Compression", "CArgon2", crypto, httpTypes, hummingbird,
                hummingbirdCore, logging, nioCore, nioHTTP1, nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix,
                nioWebSocket, serviceLifecycle,
            ],
            resources: [
                .embedInCode("GraphQL/Schema"), .embedInCode("OpenAPI/Description"),
                .embedInCode("Pages/Accounts"), .embedInCode("Pages/Explorer"), .embedInCode("Pages/Shared"),
                .embedInCode("Previews/Images"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "NodeCLI",
            dependencies: [
                "ObjectModel", "SyncProtocol", "SyncTransport", "Storage", "ObjectStorage", "StorageSQLite",
                "Replicator", "Node", "OpenIDConnect", "SMTP", "Webhooks", "CMalloc", argumentParser, hummingbird,
                logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict),

        // Backends in memory, seeded randomness and the suites that every backend must pass.
        .target(name: "StorageTestKit", dependencies: ["ObjectModel", "Storage"], swiftSettings: strict),

        // Regions with every fault at once, driven by a seed, and what they must come to.
        .target(
            name: "SimulationKit", dependencies: ["ObjectModel", "Storage", "StorageTestKit", "SyncProtocol"],
            path: "Tests/SimulationKit", swiftSettings: strict),
        .executableTarget(
            name: "Simulate", dependencies: ["SimulationKit"], path: "Tests/Simulate", swiftSettings: strict),
        .testTarget(name: "SimulationTests", dependencies: ["SimulationKit"], swiftSettings: strict),

        // Lets another implementation of GraphQL be compared with ours.
        .executableTarget(
            name: "GraphQLHarness", dependencies: ["GraphQL"], path: "Tests/GraphQLHarness", swiftSettings: strict),

        .testTarget(
            name: "NodeTests",
            dependencies: [
                "GraphQL", "Node", "ObjectModel", "ObjectStorage", "Storage", "StorageSQLite", "StorageTestKit",
                httpTypes,
                hummingbird, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "OpenIDConnectTests", dependencies: ["OpenIDConnect", jwtKit], swiftSettings: strict),
        .testTarget(name: "SMTPTests", dependencies: ["ObjectModel", "SMTP", logging], swiftSettings: strict),
        .testTarget(
            name: "WebhooksTests",
            dependencies: [
                "ObjectModel", "Storage", "StorageTestKit", "Webhooks", asyncHTTPClient, crypto, logging, nioCore,
                nioHTTP1, nioPosix, nioSSL, serviceLifecycle, swiftASN1, x509,
            ],
            swiftSettings: strict),
        .testTarget(name: "ObjectModelTests", dependencies: ["ObjectModel"], swiftSettings: strict),
        .testTarget(
            name: "ObjectStorageTests",
            dependencies: ["ObjectModel", "ObjectStorage", "Storage", "StorageSQLite", "StorageTestKit"],
            swiftSettings: strict),
        .testTarget(
            name: "SyncProtocolTests", dependencies: ["ObjectModel", "StorageTestKit", "SyncProtocol"],
            swiftSettings: strict),
        .testTarget(
            name: "SyncTransportTests",
            dependencies: ["ObjectModel", "SyncProtocol", "SyncTransport", crypto, logging],
            swiftSettings: strict),
        .testTarget(
            name: "ReplicatorTests",
            dependencies: [
                "ObjectModel", "ObjectStorage", "Replicator", "Storage", "StorageSQLite", "StorageTestKit",
                "SyncProtocol", "SyncTransport", logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StorageConformanceTests",
            dependencies: ["ObjectModel", "Storage", "StorageSQLite", "StorageTestKit", grdb],
            swiftSettings: strict),
        // Writes to a data directory and ends itself wherever the crash tests ask for it.
        .executableTarget(
            name: "CrashWriter",
            dependencies: ["ObjectModel", "ObjectStorage", "Storage", "StorageSQLite", "StorageTestKit"],
            path: "Tests/CrashWriter", swiftSettings: strict),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "CrashWriter", "ObjectModel", "ObjectStorage", "Storage", "StorageSQLite", "StorageTestKit",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

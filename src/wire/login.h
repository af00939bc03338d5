#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace palabre::wire {

// How a member proves that a key is its own, without anything that somebody else could use: it
// signs (Ed25519) what belongs to this one login, on this connection, to this server.
//
// Nothing here keeps state. That a login is not replayed is up to the server's nonce: drawn anew
// for each connection, forgotten with the first answer to it.

/// Drawn for one login, from a source that nobody can guess.
struct Nonce {
  std::array<std::uint8_t, 32> bytes{};
};
struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
};
struct Signature {
  std::array<std::uint8_t, 64> bytes{};
};

/// What a login belongs to.
struct LoginTo {
  Nonce server;  ///< what the server asked with
  Nonce client;  ///< so that no server chooses all that is signed
  /// SHA-256 of the server's public key, as the client has seen it in the handshake (`Pin`):
  /// whoever stands between the two cannot pass a login on.
  std::array<std::uint8_t, 32> pin{};
  /// The connection's own secret (`link::Link::Exporter`); nothing where the transport gives the
  /// client none, as in a browser.
  std::optional<std::array<std::uint8_t, 32>> exporter = {};
};

/// The bytes to sign, all at fixed places:
///
///     0  "palabre login 1" and a zero
///    16  the server's nonce
///    48  the client's nonce
///    80  the pin
///   112  1 where there is an exporter, else 0
///   113  the exporter, or zeros
using LoginMessage = std::array<std::uint8_t, 145>;
LoginMessage login_message(const LoginTo& to);

/// Whether whoever has the secret half of `key` has signed `message`. Keys that make a signature
/// good for any message (those of small order) are nobody's.
bool verify(const PublicKey& key, const Signature& signature,
            std::span<const std::uint8_t> message);

}  // namespace palabre::wire

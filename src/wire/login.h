#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace palabre::wire {

// How a member proves that it has a key, without sending anything reusable: it signs (Ed25519) a
// message that is bound to this login, this connection and this server.
//
// Stateless. The server's nonce prevents replay: the server draws one for each challenge and
// accepts one proof for it.

/// Drawn for one login from a cryptographic random source.
struct Nonce {
  std::array<std::uint8_t, 32> bytes{};
};
struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
};
struct Signature {
  std::array<std::uint8_t, 64> bytes{};
};

/// The values to which a login is bound.
struct LoginTo {
  Nonce server;  ///< from the server's challenge
  Nonce client;  ///< so that the server does not choose everything that is signed
  /// SHA-256 of the server's public key, as the client has seen it in the handshake (`Pin`): a man
  /// in the middle cannot forward a login.
  std::array<std::uint8_t, 32> pin{};
  /// The secret of the connection (`link::Link::Exporter`). Nothing: the transport gives the client
  /// none, as in a browser.
  std::optional<std::array<std::uint8_t, 32>> exporter = {};
};

/// The bytes to sign, at fixed offsets:
///
///       0  "palabre login 1" and a zero
///      16  the server's nonce
///      48  the client's nonce
///      80  the pin
///     112  1 if there is an exporter, else 0
///     113  the exporter, or zeros
using LoginMessage = std::array<std::uint8_t, 145>;
LoginMessage login_message(const LoginTo& to);

/// Whether `message` was signed with the secret key of `key`. False for keys of small order, for
/// which a signature can be valid for any message.
bool verify(const PublicKey& key, const Signature& signature,
            std::span<const std::uint8_t> message);

}  // namespace palabre::wire

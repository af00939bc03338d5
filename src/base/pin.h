#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace palabre {

/// Identifies a server, whatever its address: SHA-256 of the public key in its certificate, as the
/// certificate holds it (SubjectPublicKeyInfo, DER).
struct Pin {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Pin&, const Pin&) = default;  // NOLINT(modernize-use-nullptr)
};

/// The form in links and for people: base64url without padding, 43 characters.
std::string to_text(const Pin& pin);
/// Returns nothing if `text` is not a pin.
std::optional<Pin> parse_pin(std::string_view text);

/// Whether to accept the server with this pin. Called once, in the middle of a handshake, so it
/// must decide and do nothing else. An empty function accepts every server.
using PinCheck = std::function<bool(const Pin&)>;

}  // namespace palabre

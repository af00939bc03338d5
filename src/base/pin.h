#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace palabre {

/// Which server it is, whatever its address: SHA-256 of the public key in its certificate, as the
/// certificate holds it (SubjectPublicKeyInfo, DER).
struct Pin {
  std::array<std::uint8_t, 32> bytes{};
  friend auto operator<=>(const Pin&, const Pin&) = default;  // NOLINT(modernize-use-nullptr)
};

/// As people and links have it: base64url without padding, 43 characters.
std::string to_text(const Pin& pin);
/// Nothing where `text` is no pin.
std::optional<Pin> parse_pin(std::string_view text);

/// Whether the server that shows this pin is the one that is meant. Called once, in the middle of a
/// handshake: it decides, and does nothing else. An empty function accepts every server.
using PinCheck = std::function<bool(const Pin&)>;

}  // namespace palabre

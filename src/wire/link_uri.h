#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/pin.h"
#include "base/result.h"
#include "chat/names.h"

namespace palabre::wire {

inline constexpr std::string_view kScheme = "palabre://";  ///< the beginning of a link

/// Address of a server as its user writes it. The client keeps the server's pin under this name.
struct ServerName {
  /// In lower case, except the zone of an IPv6 address (`fe80::1%enX0`). An IPv6 address has no
  /// brackets. A non-ASCII name is in its DNS form (`xn--caf-dma.example`, UTS #46).
  std::string host;
  std::uint16_t port = 5000;
  friend bool operator==(const ServerName&, const ServerName&) = default;
};
/// `HOST:PORT`, `[::1]:5000`.
std::string to_text(const ServerName& server);

/// A server and a room to connect to.
struct Target {
  ServerName server;
  chat::RoomName room{std::string(chat::kLobby)};
  std::optional<Pin> pin = {};             ///< from a link
  std::optional<std::string> invite = {};  ///< from a link: a `wire::InviteToken` as text
  friend bool operator==(const Target&, const Target&) = default;
};

/// Reads one of these forms; square brackets mark optional parts:
///
///     HOST[:PORT][/ROOM]     a name, an IPv4 address, or an IPv6 address in brackets
///     /ROOM                  on the usual server; an empty text means its lobby
///     palabre://HOST[:PORT][/ROOM][#pin=PIN][,invite=TOKEN]
///
/// The default port is 5000, the default room `lobby`. A link may have its scheme in any case, or
/// none if it has a fragment; percent-encoding anywhere; `;` or `&` instead of `,`; blanks, a byte
/// order mark, quotes and brackets around it, and punctuation after it. Any other item in the
/// fragment, and the same item twice, is refused: it could be a damaged pin. The error says what to
/// write, and shows no invite.
Result<Target> parse_target(std::string_view text, const ServerName& usual = {"localhost", 5000});

/// Whether `text` looks like a link, perhaps a damaged one.
bool is_link(std::string_view text);

/// `text` for display and logs: dots replace the invites in its links.
std::string without_secrets(std::string_view text);

/// Reads `HOST[:PORT]`; the default port is `usual_port`.
Result<ServerName> parse_server(std::string_view text, std::uint16_t usual_port);

/// The link to `target`, in characters that every program and every shell leaves alone.
std::string to_link(const Target& target);

}  // namespace palabre::wire

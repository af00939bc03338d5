#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/pin.h"
#include "base/result.h"
#include "chat/names.h"

namespace palabre::wire {

inline constexpr std::string_view kScheme = "palabre://";  ///< with which a link begins

/// Where a server is, as its user names it: that is what its pin is kept for.
struct ServerName {
  /// In lower case, but for the zone of an IPv6 address (`fe80::1%enX0`), which has no brackets; a
  /// name in letters beyond ASCII as the DNS has it (`xn--caf-dma.example`, UTS #46).
  std::string host;
  std::uint16_t port = 5000;
  friend bool operator==(const ServerName&, const ServerName&) = default;
};
/// `HOST:PORT`, `[::1]:5000`.
std::string to_text(const ServerName& server);

/// Where somebody wants to go.
struct Target {
  ServerName server;
  chat::RoomName room{std::string(chat::kLobby)};
  std::optional<Pin> pin = {};             ///< of a link
  std::optional<std::string> invite = {};  ///< of a link: a `wire::InviteToken`, as text
  friend bool operator==(const Target&, const Target&) = default;
};

/// Reads, with what may be left out in brackets:
///
///     HOST[:PORT][/ROOM]     a name, an IPv4 address, or an IPv6 address in brackets
///     /ROOM                  on the usual server; also where there is nothing at all
///     palabre://HOST[:PORT][/ROOM][#pin=PIN][,invite=TOKEN]
///
/// The port is 5000, the room `lobby`. A link is read as it arrives: its scheme in any case or,
/// where it has a fragment, left out; percent-encoded anywhere; with `;` or `&` for `,`; with
/// blanks, a byte order mark, quotes and brackets around it and punctuation after it. Anything else
/// in its fragment, or the same item twice, is refused: it could be the pin. The error says what to
/// write, and shows no invite.
Result<Target> parse_target(std::string_view text, const ServerName& usual = {"localhost", 5000});

/// Whether somebody may mean a link by it, damaged though it may be.
bool is_link(std::string_view text);

/// The text as it may be shown and logged: dots stand for the invites of the links in it.
std::string without_secrets(std::string_view text);

/// Reads `HOST[:PORT]`; the port is `usual_port` where there is none.
Result<ServerName> parse_server(std::string_view text, std::uint16_t usual_port);

/// The link to it, in letters that every program and every shell leaves alone.
std::string to_link(const Target& target);

}  // namespace palabre::wire

#pragma once

#include <cstdint>
#include <string_view>

namespace palabre::guard {

/// Whether a datagram begins as one that a server like this sends: with somebody's prefix
/// (`[ip:port]> `, `nick*> `, `* nick* `), or with the mark of a notice or a challenge (`-- `).
/// What an echo server, a mirror or another relay sends back does; what a person writes does not,
/// but for a pasted line of chat. Looks at the first 200 bytes at most.
bool looks_like_ours(std::string_view bytes);

/// Whether a port is one that programs which answer anything listen on: those below 1024, and the
/// known reflectors above. No netcat sends from there.
bool is_reflector_port(std::uint16_t port);

}  // namespace palabre::guard

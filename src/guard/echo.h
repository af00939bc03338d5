#pragma once

#include <cstdint>
#include <string_view>

namespace palabre::guard {

/// Whether a datagram begins as one that a server like this sends: with somebody's prefix
/// (`[ip:port]> `, `nick*> `, `* nick* `), with a number before it or without, or with the mark of
/// a notice or a challenge (`-- `). What an echo server, a mirror or another relay sends back does;
/// what a person writes does not, but for a pasted line of chat. Looks at the first 200 bytes at
/// most.
bool looks_like_ours(std::string_view bytes);

/// Whether a datagram begins as an answer to a message does: `#12`, alone or with an ID after it. A
/// person may write so too, and only who asks for such answers is sent any.
bool looks_like_an_acknowledgement(std::string_view bytes);

/// Whether a port is one that programs which answer anything listen on: those below 1024, and the
/// known reflectors above. No netcat sends from there.
bool is_reflector_port(std::uint16_t port);

}  // namespace palabre::guard

#pragma once

#include <cstdint>
#include <string_view>

namespace palabre::guard {

/// Whether a datagram begins like one of this program's servers: with an author's prefix
/// (`[ip:port]> `, `nick*> `, `* nick* `), with or without a number before it, or with the mark of
/// a notice or a challenge (`-- `). An echo server, a mirror or another relay sends such datagrams
/// back; a person does not, except by pasting a line of chat. Inspects at most the first 200 bytes.
bool looks_like_ours(std::string_view bytes);

/// Whether a datagram begins like an acknowledgement: `#12`, alone or with an id after it. A person
/// may write that too, so it counts only for a guest that asked for acknowledgements.
bool looks_like_an_acknowledgement(std::string_view bytes);

/// Whether programs that answer any datagram listen on this port: all ports below 1024, and known
/// reflectors above. No netcat sends from one.
bool is_reflector_port(std::uint16_t port);

}  // namespace palabre::guard

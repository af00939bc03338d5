#pragma once

#include <cstdint>
#include <string_view>

namespace palabre::guard {

/// Whether the datagram begins like the output of a Palabre server: with a guest's prefix
/// (`[ip:port]> `, `nick*> `, `* nick* `), with or without a number before it, or with the mark of
/// a notice or a challenge (`-- `). An echo server, a mirror or another relay sends such datagrams
/// back; a person does not, except by pasting a line of chat. Inspects at most the first 200 bytes.
bool looks_like_ours(std::string_view bytes);

/// Whether the datagram begins like an acknowledgement: `#12`, alone, or before a blank or newline
/// and any text. A person may write that too, so it counts only for a guest that asked for
/// acknowledgements.
bool looks_like_an_acknowledgement(std::string_view bytes);

/// Whether `port` is below 1024 or a known reflector port. Programs that answer any datagram listen
/// there. A client's port is normally ephemeral; NAT may map it to such a port.
bool is_reflector_port(std::uint16_t port);

}  // namespace palabre::guard

#pragma once

#include <string>

#include "guard/causes.h"
#include "net/udp_socket.h"
#include "server/doors/plain/plain_door.h"

namespace palabre::app {

/// What was received, sent and dropped, and why, as a table for people; no newline at its end.
std::string counts_table(const net::UdpSocket::Counts& socket,
                         const server::PlainDoor::Counts& plain, const guard::Drops& drops);

}  // namespace palabre::app
